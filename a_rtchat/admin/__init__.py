from a_rtchat.admin import memberships, messages, moderation, rooms, users  # each registers its pages

__all__ = ["memberships", "messages", "moderation", "rooms", "users"]

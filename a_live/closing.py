"""Close codes, and functions that close sockets in every process when access is revoked.

Call them after the commit (`transaction.on_commit`), because other processes check the database again.
"""

from a_live import events

# RFC 6455, section 7.4, reserves 4000 to 4999 for applications.
TOO_BIG, RESTARTING, TRY_AGAIN_LATER = 1009, 1012, 1013
NOT_SIGNED_IN, REVOKED, NOT_FOUND = 4401, 4403, 4404


def close_session(session_key: str) -> None:
    """Close the sockets of a session that signed out."""
    events.publish_close(NOT_SIGNED_IN, session=session_key)


def close_user(user_id: int) -> None:
    """Close all sockets of a user who was deactivated or changed their password."""
    events.publish_close(NOT_SIGNED_IN, user=user_id)


def close_member(user_id: int, topic: str) -> None:
    """Close a user's sockets on a topic they no longer have access to."""
    events.publish_close(REVOKED, user=user_id, topic=topic)


def close_topic(topic: str) -> None:
    """Close all sockets on a topic that no longer exists."""
    events.publish_close(NOT_FOUND, topic=topic)

from django.urls import path

from a_rtchat.views import changes, direct, members, messages, rooms

urlpatterns = [
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/new/", rooms.new, name="room-new"),
    path("rooms/join/", rooms.join_by_code, name="room-join"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/join/", rooms.join, name="join"),
    path("rooms/<slug:slug>/leave/", rooms.leave, name="leave"),
    path("rooms/<slug:slug>/read/", messages.read, name="read"),
    path("rooms/<slug:slug>/messages/", messages.messages, name="messages"),
    path("rooms/<slug:slug>/messages/<int:seq>/", messages.permalink, name="message"),
    path("rooms/<slug:slug>/messages/<int:seq>/edit/", changes.edit, name="message-edit"),
    path("rooms/<slug:slug>/messages/<int:seq>/delete/", changes.delete, name="message-delete"),
    path("rooms/<slug:slug>/members/", members.members, name="members"),
    path("rooms/<slug:slug>/panel/", members.panel, name="panel"),
    path("direct/", direct.new_message, name="direct-new"),
    path("direct/people/", direct.find_people, name="people"),
    path("direct/<username:username>/", direct.direct, name="direct"),
    path("@<username:username>/block/", direct.block, name="block"),
    path("@<username:username>/unblock/", direct.unblock, name="unblock"),
    path("profile/settings/blocked/", direct.blocked, name="blocked"),
]

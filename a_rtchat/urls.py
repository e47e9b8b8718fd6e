from django.urls import path

from a_rtchat.views import changes, lists, messages, rooms

urlpatterns = [
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/new/", rooms.new, name="room-new"),
    path("rooms/join/", rooms.join_by_code, name="room-join"),
    path("rooms/mine/", lists.mine, name="room-list"),
    path("rooms/read/", lists.read_all, name="read-all"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/join/", rooms.join, name="join"),
    path("rooms/<slug:slug>/leave/", rooms.leave, name="leave"),
    path("rooms/<slug:slug>/read/", lists.read, name="read"),
    path("rooms/<slug:slug>/unread/", lists.unread, name="unread"),
    path("rooms/<slug:slug>/notify/", lists.notify, name="notify"),
    path("rooms/<slug:slug>/favourite/", lists.favourite, name="favourite"),
    path("rooms/<slug:slug>/hide/", lists.hide, name="hide"),
    path("rooms/<slug:slug>/messages/", messages.messages, name="messages"),
    path("rooms/<slug:slug>/messages/<int:seq>/", messages.permalink, name="message"),
    path("rooms/<slug:slug>/messages/<int:seq>/edit/", changes.edit, name="message-edit"),
    path("rooms/<slug:slug>/messages/<int:seq>/delete/", changes.delete, name="message-delete"),
    path("direct/<username:username>/", rooms.direct, name="direct"),
]

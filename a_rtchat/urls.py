from django.urls import path

from a_rtchat.views import changes, discover, invites, messages, pictures, requests, rooms

urlpatterns = [
    path("rooms/", discover.rooms, name="rooms"),
    path("rooms/new/", discover.new, name="room-new"),
    path("rooms/join/", discover.join_by_code, name="room-join"),
    path("rooms/<slug:slug>/", rooms.room, name="room"),
    path("rooms/<slug:slug>/join/", rooms.join, name="join"),
    path("rooms/<slug:slug>/leave/", rooms.leave, name="leave"),
    path("rooms/<slug:slug>/invites/", invites.invites, name="invites"),
    path("rooms/<slug:slug>/invites/<int:pk>/", invites.code, name="invite-code"),
    path("rooms/<slug:slug>/invites/<int:pk>/revoke/", invites.revoke, name="invite-revoke"),
    path("rooms/<slug:slug>/request/", requests.ask, name="request"),
    path("rooms/<slug:slug>/requests/", requests.requests, name="requests"),
    path("rooms/<slug:slug>/requests/<int:pk>/", requests.answer, name="request-answer"),
    path("rooms/<slug:slug>/picture/<slug:name>.webp", pictures.picture, name="room-picture"),
    path("rooms/<slug:slug>/read/", messages.read, name="read"),
    path("rooms/<slug:slug>/messages/", messages.messages, name="messages"),
    path("rooms/<slug:slug>/messages/<int:seq>/", messages.permalink, name="message"),
    path("rooms/<slug:slug>/messages/<int:seq>/edit/", changes.edit, name="message-edit"),
    path("rooms/<slug:slug>/messages/<int:seq>/delete/", changes.delete, name="message-delete"),
    path("invite/<slug:token>/", invites.invite, name="invite"),
    path("invite/<slug:token>/decline/", invites.decline, name="invite-decline"),
    path("invite/<slug:token>/picture/<slug:name>.webp", invites.picture, name="invite-picture"),
    path("direct/<username:username>/", rooms.direct, name="direct"),
]

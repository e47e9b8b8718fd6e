from django.urls import path

from a_rtchat.views import (
    changes,
    direct,
    discover,
    invites,
    log,
    members,
    messages,
    moderation,
    pictures,
    reports,
    requests,
    rooms,
    settings,
)

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
    path("rooms/<slug:slug>/messages/<int:seq>/report/", reports.report, name="report"),
    path("rooms/<slug:slug>/messages/<int:seq>/resolve/", reports.resolve, name="resolve"),
    path("rooms/<slug:slug>/messages/<int:seq>/settle/", reports.settle, name="settle"),
    path("rooms/<slug:slug>/reports/", reports.reports, name="reports"),
    path("rooms/<slug:slug>/log/", log.log, name="log"),
    path("rooms/<slug:slug>/settings/", settings.settings, name="room-settings"),
    path("rooms/<slug:slug>/settings/default/", settings.default, name="settings-default"),
    path("rooms/<slug:slug>/settings/members/", moderation.members, name="settings-members"),
    path("rooms/<slug:slug>/settings/bans/", moderation.bans, name="settings-bans"),
    *(
        path(f"rooms/<slug:slug>/settings/{verb}/", settings.change, {"verb": verb}, name=f"settings-{verb}")
        for verb in ("describe", "rule", "open", "archive", "unarchive", "destroy")
    ),
    path("rooms/<slug:slug>/members/<username:username>/", moderation.member, name="member"),
    *(
        path(
            f"rooms/<slug:slug>/members/<username:username>/{verb.replace('_', '-')}/",
            moderation.act,
            {"verb": verb},
            name=f"member-{verb}",
        )
        for verb in moderation.DONE
    ),
    path("invite/<slug:token>/", invites.invite, name="invite"),
    path("invite/<slug:token>/decline/", invites.decline, name="invite-decline"),
    path("invite/<slug:token>/picture/<slug:name>.webp", invites.picture, name="invite-picture"),
    path("rooms/<slug:slug>/members/", members.members, name="members"),
    path("rooms/<slug:slug>/panel/", members.panel, name="panel"),
    path("direct/", direct.new_message, name="direct-new"),
    path("direct/people/", direct.find_people, name="people"),
    path("direct/<username:username>/", direct.direct, name="direct"),
    path("@<username:username>/block/", direct.block, name="block"),
    path("@<username:username>/unblock/", direct.unblock, name="unblock"),
    path("profile/settings/blocked/", direct.blocked, name="blocked"),
]

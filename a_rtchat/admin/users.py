"""What the chat adds to the admin's list of users: permitting many of them in rooms."""

from django.contrib import admin

from a_rtchat.admin.permitting import permit_users, withdraw_users
from a_users.models import User

users = admin.site.get_model_admin(User)
users.actions = [*(users.actions or ()), permit_users, withdraw_users]

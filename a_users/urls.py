from django.urls import path, register_converter

from a_users import views
from a_users.converters import UsernameConverter

register_converter(UsernameConverter, "username")

urlpatterns = [
    path("accounts/login/", views.LogIn.as_view(), name="account_login"),
    path("accounts/signup/", views.SignUp.as_view(), name="account_signup"),
    path("@<username:username>/", views.profile, name="profile"),
]

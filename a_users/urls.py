from django.urls import path

from a_users import views

urlpatterns = [
    path("accounts/login/", views.LogIn.as_view(), name="account_login"),
    path("accounts/signup/", views.SignUp.as_view(), name="account_signup"),
    path("@<str:username>/", views.profile, name="profile"),
]

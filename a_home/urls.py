from django.urls import path

from a_home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    path("healthz/live", views.alive, name="alive"),
]

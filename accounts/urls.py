"""Addresses of people and of what a person switches."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("switch/location/", views.switch_location, name="switch-location"),
    path("switch/language/", views.switch_language, name="switch-language"),
]

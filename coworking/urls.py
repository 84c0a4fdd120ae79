"""Addresses of the settings of a location."""

from django.urls import path

from coworking.views import contacts, hours, people, pictures, seat_plan, seller, service_settings

app_name = "coworking"

urlpatterns = [
    path("manage/coworking/hours/", hours.hours, name="hours"),
    path("manage/coworking/hours/<str:section>/", hours.save_hours, name="hours-section"),
    path("manage/coworking/contacts/", contacts.contacts, name="contacts"),
    path("manage/coworking/contacts/save/", contacts.save_contacts, name="contacts-save"),
    path("manage/coworking/seller/", seller.seller, name="seller"),
    path("manage/coworking/seller/<str:section>/", seller.save_seller, name="seller-section"),
    path("manage/coworking/contacts/photos/", contacts.save_photos, name="contacts-photos"),
    path("manage/coworking/people/", people.team, name="people"),
    path("manage/coworking/people/new/", people.give_role, name="role-new"),
    path("manage/coworking/people/<int:pk>/take/", people.take_role, name="role-take"),
    path("manage/coworking/services/", service_settings.service_list, name="services"),
    path("manage/coworking/services/new/", service_settings.new_service, name="service-new"),
    path("manage/coworking/services/<int:pk>/", service_settings.service, name="service"),
    path("manage/coworking/services/<int:pk>/sale/", service_settings.set_sale, name="service-sale"),
    path("manage/coworking/services/<int:pk>/plan/", seat_plan.plan, name="service-plan"),
    path("manage/coworking/services/<int:pk>/plan/picture/", seat_plan.picture, name="service-plan-picture"),
    path("manage/coworking/services/<int:pk>/photos/", service_settings.save_photos, name="service-photos"),
    path("manage/coworking/services/<int:pk>/<str:section>/", service_settings.save_section, name="service-section"),
    path("pictures/<str:digest>/<int:width>.webp", pictures.picture, name="picture"),
]

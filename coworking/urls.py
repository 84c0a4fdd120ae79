"""URLs of the settings of a location."""

from django.urls import path

from coworking.views import contacts, documents, hours, location, people, pictures, seat_plan, seller, service_settings

app_name = "coworking"

urlpatterns = [
    path("manage/coworking/hours/", hours.hours, name="hours"),
    path("manage/coworking/hours/<str:section>/", hours.save_hours, name="hours-section"),
    path("manage/coworking/contacts/", contacts.contacts, name="contacts"),
    path("manage/coworking/contacts/<str:section>/", contacts.save_contacts, name="contacts-section"),
    path("manage/coworking/seller/", seller.seller, name="seller"),
    path("manage/coworking/seller/<str:section>/", seller.save_seller, name="seller-section"),
    path("manage/coworking/documents/", documents.document_list, name="documents"),
    path("manage/coworking/documents/<slug:kind>/", documents.draft, name="document-draft"),
    path("manage/coworking/documents/<slug:kind>/preview/", documents.preview, name="document-preview"),
    path("manage/coworking/documents/<slug:kind>/publish/", documents.publish, name="document-publish"),
    path("manage/coworking/documents/<slug:kind>/discard/", documents.discard, name="document-discard"),
    path("manage/coworking/location/", location.location, name="location"),
    path("manage/coworking/location/<str:section>/", location.save_location, name="location-section"),
    path("manage/coworking/people/", people.team, name="people"),
    path("manage/coworking/people/new/", people.give_role, name="role-new"),
    path("manage/coworking/people/<int:pk>/take/", people.take_role, name="role-take"),
    path("manage/coworking/services/", service_settings.service_list, name="services"),
    path("manage/coworking/services/new/", service_settings.new_service, name="service-new"),
    path("manage/coworking/services/<int:pk>/", service_settings.service, name="service"),
    path("manage/coworking/services/<int:pk>/sale/", service_settings.set_sale, name="service-sale"),
    path("manage/coworking/services/<int:pk>/plan/", seat_plan.plan, name="service-plan"),
    path("manage/coworking/services/<int:pk>/plan/picture.webp", seat_plan.picture, name="service-plan-picture"),
    path("manage/coworking/services/<int:pk>/plan/<str:section>/", seat_plan.save_plan, name="service-plan-section"),
    path("manage/coworking/services/<int:pk>/<str:section>/", service_settings.save_section, name="service-section"),
    path("pictures/<str:digest>/<int:width>.webp", pictures.picture, name="picture"),
]

"""Addresses of orders and tickets."""

from django.urls import path

from orders.views import create, exports, my, notifications, orders, pay, persons, tickets

app_name = "orders"

urlpatterns = [
    path("manage/", orders.manage_home, name="manage"),
    path("manage/orders/", orders.order_list, name="list"),
    path("manage/orders/new/", create.create, name="create"),
    path("manage/orders/new/people/", create.people, name="create-people"),
    path("manage/orders/new/pick/", create.pick, name="create-pick"),
    path("manage/orders/new/details/", create.details, name="create-details"),
    path("manage/orders/new/availability/", create.availability, name="create-availability"),
    path("manage/orders/new/quote/", create.quote, name="create-quote"),
    path("manage/orders/new/person/", persons.create_person, name="create-person"),
    path("manage/orders/new/person/known/", persons.known_person, name="create-person-known"),
    path("manage/orders/export/", exports.orders, name="export"),
    path("manage/orders/<int:number>/", orders.order_detail, name="detail"),
    path("manage/orders/<int:number>/cancel/", orders.order_cancel, name="cancel"),
    path("manage/coworking/tickets/", tickets.ticket_list, name="tickets"),
    path("manage/coworking/tickets/export/", exports.tickets, name="tickets-export"),
    path("manage/coworking/tickets/<int:number>/", tickets.ticket_card, name="ticket"),
    path("pay/<str:token>/", pay.page, name="pay"),
    path("pay/<str:token>/start/", pay.start, name="pay-start"),
    path("pay/<str:token>/return/", pay.back, name="pay-return"),
    path("pay/<str:token>/state/", pay.state, name="pay-state"),
    path("payments/yookassa/webhook/<str:secret>/", notifications.webhook, name="webhook"),
    path("my/orders/", my.order_list, name="my-orders"),
    path("my/orders/<int:number>/", my.order_detail, name="my-order"),
    path("my/orders/<int:number>/calendar/", my.order_calendar, name="my-order-calendar"),
    path("my/bookings/", my.booking_list, name="my-bookings"),
    path("my/bookings/<int:number>/", my.booking_detail, name="my-booking"),
]

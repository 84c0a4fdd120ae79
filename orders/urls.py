"""Addresses of orders and tickets."""

from django.urls import path

from orders.views import month
from orders.views.calendar import blocks, rearranging
from orders.views.calendar import page as calendar_page
from orders.views.cases import case_actions, case_list, day, export
from orders.views.door import check_in, news, offline, ticket_visits, today
from orders.views.form import order_form, persons
from orders.views.lists import access_log, erasures, exports, order_list, ticket_list
from orders.views.my import my_bookings, my_orders, own_cancelling, personal_data
from orders.views.order import cancelling, desk_money, invoices, letters, order_page, payment_link, ticket_change
from orders.views.pay import pay_page
from orders.views.programs import page as programs
from orders.views.provider import notifications
from orders.views.reports import files as report_files
from orders.views.reports import page as report_page
from orders.views.services import catalogue, panel, service

app_name = "orders"

urlpatterns = [
    path("manage/", today.today, name="manage"),
    path("manage/orders/", order_list.order_list, name="list"),
    path("manage/orders/new/", order_form.create, name="create"),
    path("manage/orders/new/people/", order_form.people, name="create-people"),
    path("manage/orders/new/pick/", order_form.pick, name="create-pick"),
    path("manage/orders/new/bookings/", order_form.bookings, name="create-bookings"),
    path("manage/orders/new/details/", order_form.details, name="create-details"),
    path("manage/orders/new/availability/", order_form.availability, name="create-availability"),
    path("manage/orders/new/month/", month.month_of_form, name="create-month"),
    path("manage/orders/new/quote/", order_form.quote, name="create-quote"),
    path("manage/orders/new/person/", persons.create_person, name="create-person"),
    path("manage/orders/new/person/known/", persons.known_person, name="create-person-known"),
    path("manage/orders/export/", exports.orders, name="export"),
    path("manage/orders/<int:number>/", order_page.order_detail, name="detail"),
    path("manage/orders/<int:number>/cancel/", cancelling.order_cancel, name="cancel"),
    path("manage/orders/<int:number>/cancel/letter/", letters.of_cancelling, name="cancel-letter"),
    path("manage/orders/<int:number>/refund/letter/", letters.of_refund, name="refund-letter"),
    path("manage/orders/<int:number>/invoices/new/letter/", letters.of_invoice, name="invoice-letter"),
    path("manage/orders/<int:number>/payments/new/letter/", letters.of_payment, name="payment-letter"),
    path("manage/orders/<int:number>/tickets/new/", ticket_change.add_tickets, name="add-tickets"),
    path("manage/orders/<int:number>/tickets/new/plan/", ticket_change.add_plan, name="add-tickets-plan"),
    path("manage/orders/<int:number>/tickets/<int:ticket>/change/", ticket_change.change_ticket, name="change-ticket"),
    path(
        "manage/orders/<int:number>/tickets/<int:ticket>/change/plan/",
        ticket_change.change_plan,
        name="change-ticket-plan",
    ),
    path("manage/orders/<int:number>/changes/<int:change>/undo/", ticket_change.undo_change, name="undo-change"),
    path("manage/orders/<int:number>/payments/new/", desk_money.take_payment, name="take-payment"),
    path("manage/orders/<int:number>/payments/<int:entry>/correct/", desk_money.correct_entry, name="correct-entry"),
    path("manage/orders/<int:number>/refund/", desk_money.refund, name="refund"),
    path("manage/orders/<int:number>/link/", payment_link.link_qr, name="link-qr"),
    path("manage/orders/<int:number>/link/send/", payment_link.send_link, name="send-link"),
    path("manage/orders/<int:number>/extend/", payment_link.extend, name="extend"),
    path("manage/orders/<int:number>/reactivate/", payment_link.reactivate, name="reactivate"),
    path("manage/orders/<int:number>/invoices/new/", invoices.new_invoice, name="invoice-new"),
    path("manage/orders/<int:number>/invoices/<int:pk>.pdf", invoices.invoice, name="invoice"),
    path("manage/orders/<int:number>/act/", invoices.issue_act, name="act-new"),
    path("manage/orders/<int:number>/act.pdf", invoices.act, name="act"),
    path("manage/coworking/tickets/", ticket_list.ticket_list, name="tickets"),
    path("manage/coworking/tickets/export/", exports.tickets, name="tickets-export"),
    path("manage/coworking/tickets/<int:number>/", ticket_list.ticket_card, name="ticket"),
    path("manage/coworking/tickets/<int:number>/visit/", ticket_visits.visit, name="visit"),
    path("manage/coworking/tickets/<int:number>/release/", ticket_visits.release, name="release"),
    path("manage/coworking/tickets/<int:number>/print/", ticket_list.print_ticket, name="ticket-print"),
    path("manage/news/", news.news, name="news"),
    path("manage/news/seen/", news.seen, name="news-seen"),
    path("manage/day-sheet/", today.day_sheet, name="day-sheet"),
    path("manage/check-in/", check_in.check_in, name="check-in"),
    path("manage/check-in/worker.js", offline.worker, name="door-worker"),
    path("manage/check-in/list/", offline.saved_list, name="door-list"),
    path("manage/check-in/scans/", offline.receive, name="door-scans"),
    path("manage/check-in/scans/open/", offline.to_settle, name="door-to-settle"),
    path("manage/check-in/scans/<int:pk>/settle/", offline.settle, name="door-settle"),
    path("manage/coworking/calendar/", calendar_page.calendar, name="calendar"),
    path("manage/coworking/calendar/changes/", calendar_page.changes, name="calendar-changes"),
    path("manage/coworking/calendar/rearrange/", rearranging.rearranging, name="calendar-rearrange"),
    path("manage/coworking/blocks/new/", blocks.new_block, name="block-new"),
    path("manage/coworking/blocks/lift/", blocks.lift, name="block-lift"),
    path("manage/month/", month.month, name="month"),
    path("manage/programs/", programs.programs, name="programs"),
    path("manage/programs/tokens/new/", programs.new_token, name="token-new"),
    path("manage/programs/tokens/<int:pk>/revoke/", programs.revoke_token, name="token-revoke"),
    path("manage/programs/webhooks/new/", programs.new_webhook, name="webhook-new"),
    path("manage/programs/webhooks/<int:pk>/end/", programs.end_webhook, name="webhook-end"),
    path("manage/programs/deliveries/<int:pk>/again/", programs.send_again, name="delivery-again"),
    path("manage/money/", case_list.case_list, name="money"),
    path("manage/money/count/", case_list.open_count, name="money-count"),
    path("manage/money/day/", day.day, name="money-day"),
    path("manage/money/export/", export.money, name="money-export"),
    path("manage/money/<int:number>/check/", case_actions.check, name="money-check"),
    path("manage/money/<int:number>/refund/", case_actions.refund, name="money-refund"),
    path("manage/money/<int:number>/send/", case_actions.send, name="money-send"),
    path("manage/money/<int:number>/settle/", case_actions.settle, name="money-settle"),
    path("manage/money/<int:number>/approve/", case_actions.approve, name="money-approve"),
    path("manage/money/<int:number>/decline/", case_actions.decline, name="money-decline"),
    path("manage/exports/", exports.export_list, name="exports"),
    path("manage/exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("manage/reports/", report_page.report, name="reports"),
    path("manage/reports/<slug:table>.csv", report_files.export, name="report-export"),
    path("manage/access-log/", access_log.access_log, name="access-log"),
    path("manage/erasures/", erasures.erasures, name="erasures"),
    path("manage/erasures/<int:pk>/", erasures.erase, name="erase"),
    path("pay/<str:token>/", pay_page.page, name="pay"),
    path("pay/<str:token>/start/", pay_page.start, name="pay-start"),
    path("pay/<str:token>/return/", pay_page.back, name="pay-return"),
    path("pay/<str:token>/state/", pay_page.state, name="pay-state"),
    path("pay/<str:token>/calendar/", pay_page.calendar, name="pay-calendar"),
    path("payments/yookassa/webhook/<str:secret>/", notifications.webhook, name="webhook"),
    path("services/", catalogue.catalogue, name="services"),
    path("services/<int:pk>/", service.service, name="service"),
    path("panel/<str:token>/", panel.panel, name="panel"),
    path("my/orders/", my_orders.order_list, name="my-orders"),
    path("my/orders/<int:number>/", my_orders.order_detail, name="my-order"),
    path("my/orders/<int:number>/calendar/", my_orders.order_calendar, name="my-order-calendar"),
    path("my/orders/<int:number>/print/", my_orders.order_print, name="my-order-print"),
    path("my/orders/<int:number>/cancel/", own_cancelling.cancel, name="my-order-cancel"),
    path("my/orders/<int:number>/pay/", my_orders.order_pay, name="my-order-pay"),
    path("my/orders/<int:number>/invoices/<int:invoice>/", my_orders.order_invoice, name="my-invoice"),
    path("my/orders/<int:number>/act/", my_orders.order_act, name="my-act"),
    path("my/profile/erasure/", personal_data.erasure, name="my-erasure"),
    path("my/profile/export/", personal_data.export, name="my-export"),
    path("my/bookings/", my_bookings.booking_list, name="my-bookings"),
    path("my/bookings/<int:number>/", my_bookings.booking_detail, name="my-booking"),
    path("my/bookings/<int:number>/print/", my_bookings.booking_print, name="my-booking-print"),
]

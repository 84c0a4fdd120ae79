"""Orders in Django admin, for support: read-only except for the internal note."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin.people import phone_part
from accounts.models import User
from accounts.people_query import meant_by
from coworking.models import PaymentMethod
from olvery.shared.admin import LargeTable, ReadOnly, column
from olvery.shared.badges import method_name
from olvery.shared.formats import quantity
from olvery.shared.forms import as_id
from olvery.shared.phones import format_phone
from olvery.shared.search import digits_of
from orders.admin.money import EntryInline, PaymentAttemptInline
from orders.admin.reading import kinds_with_number, linked, moment_of, money_of
from orders.domain.queries.lists import named_number
from orders.models import Message, Order, OrderEvent, OrderLine, shown_by, shown_methods
from orders.wording import event_text
from orders.wording_bookings import period_text, services_text


class LineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    fields = ("kind", "count", "unit", "price", "sum", "ticket")
    ordering = ("pk",)
    count = column(_("quantity"), lambda line: quantity(line.quantity))  # «4», not «4,000»
    price = money_of("unit_price", _("unit price"))
    sum = money_of("amount", _("sum"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("ticket")


class EventInline(ReadOnly, admin.TabularInline):
    """Who did what, when and why."""

    model = OrderEvent
    fields = ("when", "by", "what", "reason", "data")
    ordering = ("at", "pk")
    when = moment_of("at", _("when"))
    what = column(_("what changed"), lambda event: event_text(event, event.order.location.zone))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderEvent]:
        return super().get_queryset(request).select_related("by", "order__location")


class MessageInline(ReadOnly, admin.TabularInline):
    """The messages to the customer."""

    model = Message
    fields = ("created", "sent")
    ordering = ("created_at", "pk")
    created = moment_of("created_at", _("created at"))
    sent = moment_of("sent_at", _("sent at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("order__location")


class ByMethod(admin.SimpleListFilter):
    """A filter by the methods that the list shows."""

    title, parameter_name = _("payment method"), "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every method."""
        return PaymentMethod.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Keep the orders that show the chosen method."""
        method = self.value()
        return queryset.filter(shown_by([method])) if method in PaymentMethod.values else queryset


@admin.register(Order)
class OrderAdmin(LargeTable, admin.ModelAdmin):
    """Orders. Status and money change elsewhere, contacts and prices are copies: everything is read-only."""

    fieldsets = (
        (None, {"fields": ("status", "created", "created_by", "internal_note", "comment")}),
        (_("What was booked"), {"fields": ("location", "services", "tariff_name", "booked", "ticket_count")}),
        (_("Customer"), {"fields": ("customer", "customer_name", "phone_number", "email")}),
        (_("Money"), {"fields": ("payment_method", "total_sum", "kept_sum", "paid_sum", "payment_status", "deadline")}),
        (_("Discount and pass"), {"fields": ("promo_code", "from_pass", "pass_sold")}),
    )
    readonly_fields = tuple(name for name in flatten_fieldsets(fieldsets) if name != "internal_note")
    inlines = (LineInline, PaymentAttemptInline, EntryInline, EventInline, MessageInline)
    list_display = ("__str__", "created", "what", "whose", "status", "payment", "total_sum")
    list_filter = ("status", ByMethod, "location")
    list_select_related = ("location",)
    search_fields = ("number",)
    search_help_text = _("The order's number, the customer's names in any order, digits of the phone, or the e-mail")
    ordering = ("-number",)
    created = moment_of("created_at", _("created at"))
    deadline = moment_of("deadline_at", _("pay by"))
    pass_sold = column(_("pass"), lambda order: linked(getattr(order, "sold_pass", None)))
    total_sum = money_of("total", _("sum"))
    kept_sum = money_of("kept", _("kept after the cancellation"))
    paid_sum = money_of("paid", _("paid"))
    booked = column(_("period"), lambda order: period_text(order, order.location.zone))
    services = column(_("service"), services_text)
    whose = column(_("customer"), lambda order: _lines(order.customer_name, format_phone(order.phone)))
    what = column(
        _("What was booked"), lambda order: _lines(services_text(order), period_text(order, order.location.zone))
    )
    payment = column(
        _("Payment"),
        lambda order: _lines(", ".join(map(method_name, shown_methods(order))), order.payment_status.label),
    )
    phone_number = column(_("phone"), lambda order: format_phone(order.phone))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders are placed only on the order form, which checks the places."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Orders are cancelled, never deleted."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Search the order's own number and phone, or its customer by the indexed normal forms."""
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(*map(_meant_by, kinds_with_number(text))), False

    def save_model(self, request: HttpRequest, obj: Order, form: Any, change: bool) -> None:
        """Save only the note: everything else may have changed since it was read."""
        obj.save(update_fields=["internal_note"])


def _lines(first: str, second: str) -> str:
    return format_html("{}<br>{}", first, second)


def _meant_by(text: str) -> Q:
    number = named_number(text, "orders")
    if number or digits_of(text):
        return Q(number=number) if number else _numbered(text)
    found = Q(customer__in=User.objects.filter(meant_by(text)))
    return found | Q(email__startswith=text.lower()) if "@" in text else found


def _numbered(text: str) -> Q:
    found = Q(number=as_id(text) or 0)
    digits = phone_part(text)
    return found | Q(phone__contains=digits) if digits else found

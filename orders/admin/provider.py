"""Requests to the payment provider, its notifications, and what does not add up; read-only."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from olvery.shared.admin import column
from olvery.shared.forms import as_id
from orders.admin.reading import MoneyPage, as_uuid, moment_of, readable
from orders.models import MoneyCase, ProviderNotification, ProviderRequest
from orders.wording import resolution_text


@admin.register(ProviderRequest)
class ProviderRequestAdmin(MoneyPage):
    """Requests that change something at the provider, as they were sent."""

    fieldsets = (
        (None, {"fields": ("order_page", "attempt_page", "refund_page", "receipt_page", "state", "path", "key")}),
        (_("Sending"), {"fields": ("made", "first_sent", "tries", "next_try", "last_status", "last_error")}),
        (_("Request"), {"fields": ("contents",)}),
    )
    list_display = ("__str__", "order_page", "state", "made", "tries", "next_try", "last_status", "last_error")
    list_filter = ("state", "path", "last_status")
    list_select_related = (
        *("attempt__order__location", "refund__attempt__order__location"),
        "receipt__attempt__order__location",
    )
    search_help_text = _("The order's number, the idempotency key, or an id of the provider in full")
    first_sent = moment_of("first_sent_at", _("first sent at"))
    next_try = moment_of("next_try_at", _("next attempt"))
    contents = column(_("frozen body"), lambda request: readable(request.body))

    def meant_by(self, text: str) -> Q:
        """Search everything that a request may be about."""
        key = as_uuid(text)
        meant = Q(refund__provider_id=text) | Q(receipt__provider_id=text)
        for attempt in ("attempt", "refund__attempt", "receipt__attempt"):
            meant |= Q(**{f"{attempt}__order": as_id(text) or 0}) | Q(**{f"{attempt}__provider_id": text})
        return meant | Q(key=key) if key else meant


@admin.register(ProviderNotification)
class ProviderNotificationAdmin(MoneyPage):
    """Notifications as they came in. Its moments are in UTC: a notification belongs to no location."""

    fields = (
        *("event", "object_id", "state", "note", "sender"),
        *("received", "delivered", "deliveries", "tries", "contents"),
    )
    list_display = ("event", "object_id", "state", "received", "deliveries", "tries", "note")
    list_filter = ("state", "event")
    search_help_text = _("An id of the provider in full")
    received = moment_of("received_at", _("received at"))
    delivered = moment_of("last_delivery_at", _("last delivery"))
    sender = column(_("sender's address"), lambda event: event.remote_address)
    contents = column(_("body"), lambda event: readable(event.body))

    def meant_by(self, text: str) -> Q:
        """Search the object that the notification is about."""
        return Q(object_id=text)


@admin.register(MoneyCase)
class MoneyCaseAdmin(MoneyPage):
    """What does not add up, and how it was settled; cases are settled at the money desk."""

    identifiers = ("provider_id", "attempt__provider_id", "refund__provider_id", "receipt__provider_id")
    fields = (
        *("kind", "sum", "facts", "order_page", "attempt_page", "refund_page", "receipt_page", "provider_id"),
        *("opened", "closed", "closed_by", "how"),
    )
    list_display = ("__str__", "order_page", "sum", "opened", "closed", "closed_by", "how")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter), "order__location")
    list_select_related = ("order__location", "closed_by")
    opened = moment_of("opened_at", _("opened at"))
    closed = moment_of("closed_at", _("closed at"))
    how = column(_("resolution"), resolution_text)

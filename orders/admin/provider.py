"""What went to the payment provider, what came from it, and what does not add up; to look at."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from olvery.shared.forms import as_id
from orders.admin.reading import MoneyPage, as_uuid, link_to, moment_of, money_of, readable
from orders.models import MoneyCase, ProviderOperation, WebhookEvent


@admin.register(ProviderOperation)
class ProviderOperationAdmin(MoneyPage):
    """Requests that change something at the provider, as they were sent."""

    fieldsets = (
        (None, {"fields": ("order_page", "payment_page", "refund_page", "receipt_page", "state", "path", "key")}),
        (_("Sending"), {"fields": ("made", "first_sent", "attempts", "next_attempt", "last_status", "last_error")}),
        (_("Request"), {"fields": ("contents",)}),
    )
    readonly_fields = (
        *("order_page", "payment_page", "refund_page", "receipt_page"),
        *("made", "first_sent", "next_attempt", "contents"),
    )
    list_display = ("__str__", "order_page", "state", "made", "attempts", "next_attempt", "last_status", "last_error")
    list_filter = ("state", "path", "last_status")
    list_select_related = (
        *("payment__order__location", "refund__payment__order__location"),
        "receipt__payment__order__location",
    )
    search_help_text = _("The order's number, the idempotency key, or an id of the provider in full")
    order_page = link_to("order", _("order"))
    payment_page = link_to("payment", _("payment"))
    refund_page = link_to("refund", _("refund"))
    receipt_page = link_to("receipt", _("receipt"))
    made = moment_of("created_at", _("created at"))
    first_sent = moment_of("first_sent_at", _("first sent at"))
    next_attempt = moment_of("next_attempt_at", _("next attempt"))

    @admin.display(description=_("frozen body"))
    def contents(self, operation: ProviderOperation) -> str:
        """Show what is sent, without the secret of the return address."""
        return readable(operation.body)

    def meant_by(self, text: str) -> Q:
        """Look through everything an operation may be about."""
        key = as_uuid(text)
        meant = Q(refund__provider_id=text) | Q(receipt__provider_id=text)
        for payment in ("payment", "refund__payment", "receipt__payment"):
            meant |= Q(**{f"{payment}__order": as_id(text) or 0}) | Q(**{f"{payment}__provider_id": text})
        return meant | Q(key=key) if key else meant


@admin.register(WebhookEvent)
class WebhookEventAdmin(MoneyPage):
    """Notifications as they came in. Its moments are in UTC: a notification belongs to no location."""

    fields = (
        *("event", "object_id", "state", "note", "sender"),
        *("received", "delivered", "deliveries", "tries", "contents"),
    )
    readonly_fields = ("sender", "received", "delivered", "contents")
    list_display = ("event", "object_id", "state", "received", "deliveries", "tries", "note")
    list_filter = ("state", "event")
    search_help_text = _("An id of the provider in full")
    received = moment_of("received_at", _("received at"))
    delivered = moment_of("last_delivery_at", _("last delivery"))

    @admin.display(description=_("sender's address"))
    def sender(self, event: WebhookEvent) -> str:
        """Show where it came from."""
        return event.remote_address

    @admin.display(description=_("body"))
    def contents(self, event: WebhookEvent) -> str:
        """Show what came, without the secret of the return address."""
        return readable(event.body)

    def meant_by(self, text: str) -> Q:
        """Look for the object that was told of."""
        return Q(object_id=text)


@admin.register(MoneyCase)
class MoneyCaseAdmin(MoneyPage):
    """What does not add up, and how it was settled; the money desk is where it is settled."""

    identifiers = ("payment__provider_id", "refund__provider_id", "receipt__provider_id")
    fields = (
        *("kind", "subject", "sum", "details", "order_page", "payment_page", "refund_page", "receipt_page"),
        *("opened", "closed", "closed_by", "resolution"),
    )
    readonly_fields = ("sum", "order_page", "payment_page", "refund_page", "receipt_page", "opened", "closed")
    list_display = ("__str__", "order_page", "sum", "opened", "closed", "closed_by", "resolution")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter), "order__location")
    list_select_related = ("order__location", "closed_by")
    order_page = link_to("order", _("order"))
    payment_page = link_to("payment", _("payment"))
    refund_page = link_to("refund", _("refund"))
    receipt_page = link_to("receipt", _("receipt"))
    sum = money_of("amount", _("sum"))
    opened = moment_of("opened_at", _("opened at"))
    closed = moment_of("closed_at", _("closed at"))

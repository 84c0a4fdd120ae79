"""Programs of others: tokens, their requests, webhooks and what was delivered, read-only and without secrets."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from olvery.shared.admin import column
from olvery.shared.formats import moment
from olvery.shared.forms import as_id
from orders.admin.finding import Among, ByLocation, PlacePage, local, number_in, rows_link
from orders.admin.reading import link_to, linked
from orders.models import ApiRequest, ApiToken, Delivery, DeliveryStatus, Order, OrderEvent, Webhook
from orders.wording_programs import answer_text


@admin.register(ApiToken)
class ApiTokenAdmin(PlacePage):
    """Tokens, without what opens anything."""

    person = "holder"
    fields = (
        *("name", "beginning", "location", "holder", "allows", "made", "good_until", "last_used"),
        *("revoked", "revoked_by", "request_rows"),
    )
    list_display = ("name", "beginning", "location", "holder", "made", "good_until", "last_used", "revoked")
    list_filter = (ByLocation, ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("location", "holder")
    search_help_text = _("The first 12 characters of the token; the holder's names, phone, or e-mail")
    beginning = column(_("begins with"), lambda token: f"{token.hint}…")
    allows = column(_("scopes"), lambda token: "; ".join(token.scope_labels))
    good_until = local("expires_at", _("good until"))
    last_used = local("used_at", _("last used at"))
    revoked = local("revoked_at", _("revoked at"))
    request_rows = rows_link(ApiRequest, "token")

    def meant_by(self, text: str) -> Q:
        """Search what a token begins with: there are few, so it needs no index."""
        return Q(hint=text)


@admin.register(ApiRequest)
class ApiRequestAdmin(PlacePage):
    """Requests by their idempotency keys, and the order that each placed."""

    place = "token__location"
    fields = ("idempotency_key", "program", "came", "order_page")
    list_display = ("idempotency_key", "program", "came")
    list_select_related = ("token__location",)
    narrowed_by = ("token",)
    search_help_text = _("The idempotency key in full")
    idempotency_key = column(_("idempotency key"), lambda request: request.key)
    program = link_to("token", _("API token"))
    came = local("at", _("received at"))
    # A form keeps an order from being placed twice by the same token.
    order_page = column(_("order"), lambda call: linked(Order.objects.filter(form_token=call.form_token).first()))

    def meant_by(self, text: str) -> Q:
        """Search the key among those of each token, with which the index begins."""
        return Q(token__pk__any=list(ApiToken.objects.values_list("pk", flat=True)), key=text)


@admin.register(Webhook)
class WebhookAdmin(PlacePage):
    """Webhooks, without the secrets that sign."""

    person = "made_by"
    fields = ("address", "location", "told_of", "made", "made_by", "renewed", "ended", "delivery_rows")
    list_display = ("address", "location", "made", "made_by", "renewed", "ended")
    list_filter = (ByLocation, ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("location", "made_by")
    search_help_text = _("A part of the address; who made it: names, phone, or e-mail")
    told_of = column(_("events"), lambda webhook: ", ".join(webhook.kind_labels))
    renewed = local("renewed_at", _("secret renewed at"))
    delivery_rows = rows_link(Delivery, "webhook")

    def meant_by(self, text: str) -> Q:
        """Search the address: a location has few, so it needs no index."""
        return Q(address__icontains=text)


class Undelivered(Among):
    """The two states that have an index; nearly everything else is delivered."""

    title, parameter_name = _("status"), "undelivered"
    conditions = {
        status.value: (status.label, Q(status=status)) for status in (DeliveryStatus.WAITS, DeliveryStatus.FAILED)
    }


@admin.register(Delivery)
class DeliveryAdmin(PlacePage):
    accusative = pgettext_lazy("accusative", "delivery")
    place = "webhook__location"
    fields = ("message", "webhook_page", "event_kind", "order_page", "status", "tries", "said", "tried", "next_try")
    list_display = ("message", "webhook_page", "event_kind", "order_page", "status", "tries", "said", "tried")
    list_filter = (Undelivered,)
    list_select_related = ("webhook__location", "event__order")
    narrowed_by = ("webhook",)
    search_help_text = _("The order's number, or the “webhook-id” in full")
    message = column(_("message"), lambda delivery: delivery.message_id)
    webhook_page = link_to("webhook", _("webhook"))
    event_kind = column(_("event"), lambda delivery: delivery.event.get_kind_display())
    order_page = column(_("order"), lambda delivery: linked(delivery.event.order))
    said = column(_("answer"), lambda delivery: answer_text(delivery.answer) if delivery.answer else "")
    tried = local("tried_at", _("tried at"))
    next_try = column(
        _("next try at"),
        lambda one: moment(one.next_at, one.webhook.location.zone) if one.status == DeliveryStatus.WAITS else "",
    )

    def meant_by(self, text: str) -> Q:
        """Search the id that receivers know, or the events of an order at the webhooks of its location."""
        webhook, _separator, event = text.removeprefix("msg_").partition("_")
        if as_id(webhook) and as_id(event):
            return Q(webhook=as_id(webhook), event=as_id(event))
        events = OrderEvent.objects.filter(order=number_in(text))
        webhooks = Webhook.objects.filter(location__in=Order.objects.filter(pk=number_in(text)).values("location"))
        return Q(
            webhook__pk__any=list(webhooks.values_list("pk", flat=True)),
            event__pk__any=list(events.values_list("pk", flat=True)),
        )

"""What «Программы» shows for one location."""

from django.db.models import QuerySet

from orders.models import ApiToken, Delivery, Webhook

MOST = 50


def tokens_at(location_id: int) -> QuerySet[ApiToken]:
    """Return the tokens that were not revoked, including expired ones, newest first."""
    found = ApiToken.objects.filter(location=location_id, revoked_at=None)
    return found.select_related("holder").order_by("-pk")


def webhooks_at(location_id: int) -> QuerySet[Webhook]:
    """Return the open webhooks, newest first."""
    return Webhook.objects.filter(location=location_id, ended_at=None).order_by("-pk")


def deliveries_at(location_id: int) -> QuerySet[Delivery]:
    """Return the newest deliveries, with webhook and event."""
    found = Delivery.objects.filter(webhook__location=location_id).select_related("webhook", "event")
    return found.order_by("-pk")[:MOST]

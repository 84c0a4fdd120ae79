"""Notifications from the provider: stored at once, processed by a job, never trusted.

A notification counts as applied only when the answer to our own request agrees with it. A forged or early
one is deferred; a later genuine delivery makes it due again.
"""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from olvery.shared.batches import one_by_one
from olvery.shared.jobs import later
from olvery.shared.refusals import Busy
from orders.domain.online.gateway import PATIENCE, Gateway, GatewayError, PaymentSnapshot, RefundSnapshot, Rejected
from orders.domain.online.payments import apply_payment
from orders.domain.online.refunds import apply_refund, record_external_refund
from orders.models import PaymentAttempt, ProviderNotification, Refund

PROCESS = "orders.process_notification"
LARGEST_BODY = 64 * 1024
# The provider delivers for 24 hours; later the sweep over its lists finds what was missed.
DELIVERED_FOR = timedelta(hours=25)
BATCH = 100
AGAIN_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
KNOWN = ("payment.waiting_for_capture", "payment.succeeded", "payment.canceled", "refund.succeeded")
State = ProviderNotification.State


class BadNotification(Exception):
    """The body is not a notification."""


@dataclass(frozen=True, slots=True)
class Notification:
    """The part of a notification that we use: the object to ask about."""

    event: str
    object_id: str


def is_from_provider(address: str) -> bool:
    """Return whether an address is in the networks of the provider; False for an invalid address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    networks = map(ipaddress.ip_network, settings.YOOKASSA_WEBHOOK_NETWORKS)
    return any(ip in network for network in networks)


def read_notification(body: bytes) -> Notification:
    """Parse a notification. Raises BadNotification."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadNotification("no JSON") from error
    told = data.get("object") if isinstance(data, Mapping) and data.get("type") == "notification" else None
    if not isinstance(told, Mapping):
        raise BadNotification("no notification")
    object_id, event = told.get("id"), data.get("event")
    if not isinstance(object_id, str) or not UUID.fullmatch(object_id):
        raise BadNotification("no id")
    if not isinstance(event, str) or not 0 < len(event) <= 60 or not event.isprintable():
        raise BadNotification("no event")
    return Notification(event, object_id)


def store_notification(told: Notification, *, body: bytes, address: str, at: datetime) -> None:
    """Store a notification and queue its job; another delivery of the same one makes it due again."""
    known = told.event in KNOWN
    with transaction.atomic():
        stored, is_new = ProviderNotification.objects.get_or_create(
            event=told.event,
            object_id=told.object_id,
            defaults={
                "remote_address": address,
                "body": body.decode(errors="replace").replace("\0", ""),
                "state": State.RECEIVED if known else State.IGNORED,
                "received_at": at,
                "last_delivery_at": at,
            },
        )
        again = ProviderNotification.objects.filter(pk=stored.pk)
        if not is_new:
            again.update(deliveries=F("deliveries") + 1, last_delivery_at=at)
        # An ignored notification may be ours by now, and a forged one may have become true.
        if known and again.exclude(state=State.APPLIED).update(state=State.RECEIVED, tries=0):
            later(PROCESS, notification_id=stored.pk)


def waiting_notifications() -> QuerySet[ProviderNotification]:
    """Return the notifications that are not processed yet, oldest first."""
    return ProviderNotification.objects.filter(state__in=[State.RECEIVED, State.DEFERRED]).order_by("received_at", "pk")


def look_again(gateway: Gateway, *, at: datetime) -> int:
    """Process the notifications that still wait after their retries; return how many."""
    waiting = waiting_notifications().filter(last_delivery_at__range=(at - DELIVERED_FOR, at - AGAIN_AFTER[-1]))
    numbers = list(waiting.values_list("pk", flat=True)[:BATCH])
    return one_by_one(numbers, lambda number, moment: process_notification(number, gateway, at=moment), at=at)


def process_notification(notification_id: int, gateway: Gateway, *, at: datetime) -> bool:
    """Ask the provider about the object of a notification and apply the answer; return whether it waited.

    May run twice.
    """
    stored = ProviderNotification.objects.get(pk=notification_id)
    if stored.state in (State.APPLIED, State.IGNORED):
        return False
    try:
        kind, _dot, told_status = stored.event.partition(".")
        look = _look_at_refund if kind == "refund" else _look_at_payment
        status = look(stored.object_id, gateway, at=at)
    except (GatewayError, Busy) as error:
        if isinstance(error, Rejected) and error.is_unknown_object:
            _close(stored, State.IGNORED, "unknown to the provider")
        else:
            _defer(stored, str(error), at=at)
        return True
    if status is None:
        _close(stored, State.IGNORED, "not ours")
    elif status == "pending" and told_status != "waiting_for_capture":
        _defer(stored, "the provider says pending", at=at)
    else:
        _close(stored, State.APPLIED, status)
    return True


def _look_at_payment(object_id: str, gateway: Gateway, *, at: datetime) -> str | None:
    """Apply the payment and return its status at the provider, or None if it is not ours."""
    told = gateway.payment(object_id, patience=PATIENCE)
    attempt = payment_of(told)
    if attempt is None:
        return None
    apply_payment(attempt.pk, told, gateway, at=at)
    return told.status


def _look_at_refund(object_id: str, gateway: Gateway, *, at: datetime) -> str | None:
    """Apply the refund and return its status at the provider, «pending» while its payment is not booked."""
    told = gateway.refund(object_id, patience=PATIENCE)
    is_ours = take_payment_of(told, gateway, at=at)
    if take_refund(told, at=at):
        return told.status
    return "pending" if is_ours and told.status != "canceled" else None


def take_payment_of(told: RefundSnapshot, gateway: Gateway, *, at: datetime) -> bool:
    """Ask about and apply the payment that a refund belongs to, unless it is booked; return whether it is ours.

    Raises GatewayError, Busy.
    """
    booked = PaymentAttempt.objects.filter(provider_id=told.payment_id, status=PaymentAttempt.Status.SUCCEEDED)
    return booked.exists() or _look_at_payment(told.payment_id, gateway, at=at) is not None


def payment_of(told: PaymentSnapshot) -> PaymentAttempt | None:
    """Return the attempt of a payment, by its provider id or our metadata."""
    known = PaymentAttempt.objects.filter(provider_id=told.id).first()
    if known or told.metadata.get("env") != settings.YOOKASSA_ENVIRONMENT:
        return known
    named = told.metadata.get("payment_id", "")
    return PaymentAttempt.objects.filter(pk=named).first() if re.fullmatch(r"\d{1,18}", named) else None


def refund_of(told: RefundSnapshot) -> Refund | None:
    """Return our refund of a snapshot, by its provider id or our metadata."""
    known = Refund.objects.filter(provider_id=told.id).first()
    if known or told.metadata.get("env") != settings.YOOKASSA_ENVIRONMENT:
        return known
    named = told.metadata.get("refund_id", "")
    ours = Refund.objects.filter(attempt__provider_id=told.payment_id)
    return ours.filter(pk=named).first() if re.fullmatch(r"\d{1,18}", named) else None


def take_refund(told: RefundSnapshot, *, at: datetime) -> Refund | None:
    """Apply a refund of ours, or record one made in the provider's cabinet.

    Returns None if the payment is not ours or not booked yet, or if a refund made in the cabinet was refused:
    nothing was returned, and nobody here asked for it. Raises Busy.
    """
    known = refund_of(told)
    if known:
        return apply_refund(known.pk, told, at=at)
    attempt = PaymentAttempt.objects.filter(provider_id=told.payment_id).first()
    return record_external_refund(attempt, told, at=at) if attempt and told.status != "canceled" else None


def _close(stored: ProviderNotification, state: str, note: str) -> None:
    ProviderNotification.objects.filter(pk=stored.pk).update(state=state, note=note[:200], tries=stored.tries + 1)


def _defer(stored: ProviderNotification, note: str, *, at: datetime) -> None:
    with transaction.atomic():
        ProviderNotification.objects.filter(pk=stored.pk).update(
            state=State.DEFERRED, note=note[:200], tries=stored.tries + 1
        )
        if stored.tries < len(AGAIN_AFTER):
            later(PROCESS, at=at + AGAIN_AFTER[stored.tries], notification_id=stored.pk)

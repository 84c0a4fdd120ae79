"""Notifying other programs of events: Standard Webhooks, signed, retried for a day and a half.

A database trigger writes a delivery for each event and webhook in the event's own transaction, so that none is lost
and none reports what was rolled back; its commit wakes the worker. A delivery has no name, phone or e-mail: a program
that may know more asks the API.
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from standardwebhooks import Webhook as Signer

from accounts.models import User
from coworking.models import Location
from olvery.shared.batches import one_by_one
from olvery.shared.jobs import wake
from olvery.shared.refusals import Refusal
from olvery.shared.secrecy import cipher
from orders.domain import locks
from orders.models import Delivery, DeliveryStatus, EventKind, Webhook

DELIVER = "orders.deliver"
PURPOSE = b"webhook "
MOST_WEBHOOKS = 10
AT_ONCE = 200
# As Standard Webhooks advises: https://github.com/standard-webhooks/standard-webhooks, "Deliverability".
PAUSES = [timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400)]
GONE = 410
# New deliveries are held back from a receiver that has just failed: each commit begins a round, and a hanging
# receiver takes ten seconds of it from all others.
REST = timedelta(minutes=1)
# So long a round asks receivers of which something has failed: its successor has news for the others.
PATIENCE = timedelta(seconds=15)
# So long the secret before the newest signs, too.
SIGNED_TWICE = timedelta(days=1)
KEPT = timedelta(days=90)


class TooManyWebhooks(Refusal):
    reason = "too_many_webhooks"


@dataclass(frozen=True, slots=True)
class Answer:
    """The receiver's answer: a status, or one word for why there is none."""

    status: int | None
    failure: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        return str(self.status or self.failure)


class Post(Protocol):
    """Sends a body to an external address."""

    def __call__(self, address: str, body: str, headers: dict[str, str]) -> Answer:
        """Return the answer; never raises."""
        ...


def make_webhook(
    *, location: Location, address: str, kinds: Iterable[EventKind], by: User, at: datetime
) -> tuple[Webhook, str]:
    """Create a webhook and return it with its secret, which is shown once. Raises TooManyWebhooks, Busy."""
    secret = _new_secret()
    with locks.short_waits():
        locks.lock_location(location.pk)
        if Webhook.objects.filter(location=location, ended_at=None).count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks(most=MOST_WEBHOOKS)
        webhook = Webhook.objects.create(
            location=location, address=address, kinds=sorted(kinds), secret=_hidden(secret), made_by=by, made_at=at
        )
    return webhook, secret


def renew_secret(webhook_id: int, *, location_id: int, at: datetime) -> str:
    """Give a webhook a new secret, to be shown once, and return it; the previous one also signs for a day.

    Raises Webhook.DoesNotExist.
    """
    secret = _new_secret()
    standing = Webhook.objects.filter(pk=webhook_id, location=location_id, ended_at=None)
    if not standing.update(former_secret=F("secret"), secret=_hidden(secret), renewed_at=at):
        raise Webhook.DoesNotExist
    return secret


def _new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def _hidden(secret: str) -> str:
    return cipher(PURPOSE).encrypt(secret.encode()).decode()


def end_webhook(webhook_id: int, *, location_id: int, at: datetime) -> bool:
    """Close a webhook. Returns whether it was open until now."""
    return _end(Webhook.objects.filter(pk=webhook_id, location=location_id), at=at)


def _end(webhooks: QuerySet[Webhook], *, at: datetime) -> bool:
    """Close webhooks, and give up their pending deliveries."""
    with transaction.atomic():
        ended = webhooks.filter(ended_at=None).update(ended_at=at)
        _give_up(Delivery.objects.filter(webhook__in=webhooks), at=at)
    return bool(ended)


def _give_up(deliveries: QuerySet[Delivery], *, at: datetime) -> None:
    deliveries.filter(status=DeliveryStatus.WAITS).update(status=DeliveryStatus.FAILED, tried_at=at)


def send_again(delivery_id: int, *, location_id: int, at: datetime) -> bool:
    """Retry a delivery at once. Returns whether its webhook still exists."""
    deliveries = Delivery.objects.filter(pk=delivery_id, webhook__location=location_id, webhook__ended_at=None)
    with transaction.atomic():
        found = deliveries.update(status=DeliveryStatus.WAITS, tries=0, next_at=at)
        wake(DELIVER)
    return bool(found)


def deliver_due(post: Post, *, now: Callable[[], datetime]) -> int:
    """Send what is due and return how many were attempted. A receiver that fails is not tried again in this round.

    Those of which something has failed before come last, and only while the round is young.

    Raises an ExceptionGroup of what was no answer, once all others had their turn.

    A round may take minutes: each delivery is signed when it is sent, and pauses from when it failed.
    """
    at = now()
    # Written while its webhook was being closed: neither transaction saw the other.
    _give_up(Delivery.objects.filter(webhook__ended_at__isnull=False), at=at)
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITS)
    failed = waiting.filter(tries__gt=0)
    resting = failed.filter(tried_at__gt=at - REST).values("webhook")
    due = waiting.filter(next_at__lte=at, webhook__ended_at=None).exclude(tries=0, tried_at=None, webhook__in=resting)
    failing = set[int]()

    def send(row: tuple[int, int, bool], _moment: datetime) -> bool:
        pk, webhook_id, has_failed = row
        if webhook_id in failing or (has_failed and now() - at > PATIENCE):
            return False
        failing.add(webhook_id)  # an unexpected error counts as a failure until it has been dealt with
        if _deliver(pk, post, now=now):
            failing.remove(webhook_id)
        return True

    return one_by_one(_in_turn(due, failed), send, at=at)


def _in_turn(due: QuerySet[Delivery], failed: QuerySet[Delivery]) -> Iterable[tuple[int, int, bool]]:
    """Return the keys of what is due and of its webhooks, and whether something of these has failed, which come last.

    The first of each webhook comes before the second of any: thousands that wait for one hold up no other.
    """
    turn = Window(RowNumber(), partition_by="webhook", order_by=["next_at", "pk"])
    rows = due.annotate(turn=turn, has_failed=Q(webhook__in=failed.values("webhook")))
    return rows.order_by("has_failed", "turn", "next_at", "pk").values_list("pk", "webhook", "has_failed")[:AT_ONCE]


def _deliver(delivery_id: int, post: Post, *, now: Callable[[], datetime]) -> bool:
    """Send one delivery and record the outcome. Returns whether it was accepted, here or by another worker.

    No row is locked while the receiver answers: after a killed worker it is sent again, under the same `webhook-id`.
    """
    delivery = Delivery.objects.select_related("webhook", "event__order").get(pk=delivery_id)
    if delivery.status != DeliveryStatus.WAITS:
        return True
    try:
        answer = post(delivery.webhook.address, *signed(delivery, at=now()))
    except InvalidToken:  # encrypted with another SECRET_KEY: no reason to hold up the others
        answer = Answer(None, "secret unreadable")
    answered_at = now()
    _note(delivery, answer, at=answered_at)
    if answer.status == GONE:
        _end(Webhook.objects.filter(pk=delivery.webhook_id), at=answered_at)
    return answer.is_taken


def _note(delivery: Delivery, answer: Answer, *, at: datetime) -> None:
    tries = delivery.tries + 1
    is_last = tries > len(PAUSES) or answer.status == GONE
    status = DeliveryStatus.FAILED if is_last else DeliveryStatus.WAITS
    Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.WAITS, tries=delivery.tries).update(
        status=DeliveryStatus.SENT if answer.is_taken else status,
        tries=tries,
        answer=str(answer)[:60],
        tried_at=at,
        next_at=at if answer.is_taken or is_last else at + PAUSES[tries - 1],
    )


def signed(delivery: Delivery, *, at: datetime) -> tuple[str, dict[str, str]]:
    """Return the body of a delivery and its headers, signed with the webhook's secret."""
    event = delivery.event
    order = event.order
    told = {
        "type": f"order.{event.kind}",
        "timestamp": event.at.isoformat(),
        "data": {"event": event.pk, "order": order.pk, "status": order.status, "payment_status": order.payment_status},
    }
    body = json.dumps(told, separators=(",", ":"))
    number = delivery.message_id
    signatures = [
        Signer(secret).sign(msg_id=number, timestamp=at.astimezone(UTC), data=body)
        for secret in _signing_secrets(delivery.webhook, at=at)
    ]
    headers = {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return body, headers


def _signing_secrets(webhook: Webhook, *, at: datetime) -> list[str]:
    hidden = [webhook.secret]
    if webhook.renewed_at and at < webhook.renewed_at + SIGNED_TWICE:
        hidden.append(webhook.former_secret)
    return [cipher(PURPOSE).decrypt(secret.encode()).decode() for secret in hidden]


def forget_old(at: datetime) -> int:
    """Delete finished deliveries older than three months. Returns how many there were."""
    over = Delivery.objects.exclude(status=DeliveryStatus.WAITS).filter(tried_at__lt=at - KEPT)
    return over.delete()[0]

"""Sending stored requests to the provider: one idempotency key and one frozen body each.

A request is committed before its first byte is sent, and sent outside of any transaction. `answers.take_answer`
applies the answer; without one the same bytes are sent again, see `_again`.
"""

import logging
import random
from datetime import datetime, timedelta

from django.db.models import DateTimeField, QuerySet
from django.db.models.functions import Coalesce

from olvery.shared.batches import one_by_one
from olvery.shared.jobs import later
from olvery.shared.written import Written
from orders.domain.booking.deadlines import extend_for_outage
from orders.domain.money.cases import close_cases, open_case
from orders.domain.money.facts import Reply
from orders.domain.online.answers import escalate, find_made, give_up, refuse, take_answer
from orders.domain.online.gateway import (
    PATIENCE,
    Call,
    Gateway,
    GatewayError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from orders.domain.online.outbox import SEND
from orders.domain.online.pauses import begin_pause, pause_left
from orders.models import CaseKind, ProviderRequest

log = logging.getLogger(__name__)

State = ProviderRequest.State
OPEN = (State.QUEUED, State.SENDING)

# The provider forgets a key after 24 hours; then the same request would be a second payment.
KEY_LIVES = timedelta(hours=23)
# How long a sender holds a request before the sender counts as dead. Longer than any timeout.
LEASE = timedelta(seconds=45)
PATIENCE_OF_A_PERSON = timedelta(seconds=9)  # with three more for the connection a person waits twelve
NOT_SENT_WAITS = (1, 2, 5, 10, 30, 60)
UNKNOWN_WAITS = (5, 15, 60)
SETTINGS_WAIT = timedelta(minutes=5)
BATCH = 50

_REQUEST = Written(lambda pk: ProviderRequest.objects.select_related("attempt").filter(pk=pk), pk=-1)


def send_due(gateway: Gateway, *, at: datetime) -> int:
    """Send every request that is due; return how many were attempted."""
    due = list(due_requests(at).values_list("pk", flat=True)[:BATCH])
    return one_by_one(due, lambda pk, moment: send_request(pk, gateway, at=moment), at=at)


def due_requests(at: datetime) -> QuerySet[ProviderRequest]:
    due = ProviderRequest.objects.filter(state__in=OPEN, next_try_at__lte=at)
    return due.order_by("next_try_at", "pk")


def send_request(request_id: int, gateway: Gateway, *, at: datetime, patience: timedelta = PATIENCE) -> bool:
    """Send a stored request if it is due; return whether this call attempted it.

    A second sender does nothing: the first holds the request until its lease ends.
    """
    if pause_left(at=at):
        return False
    request = _take(request_id, at)
    if request is None:
        return False
    is_key_dead = request.first_sent_at and at - request.first_sent_at > KEY_LIVES
    try:
        if is_key_dead:
            _look_for(request, gateway, at=at)
        else:
            answer = gateway.send(_call(request), key=str(request.key), patience=patience)
            close_cases(CaseKind.MISCONFIGURED, at=at)
            take_answer(request, answer, gateway, at=at)
    except GatewayError as error:
        _not_done(request, error, gateway, at=at)
    return True


def _call(request: ProviderRequest) -> Call:
    return Call(request.path, request.body, shop_id=request.shop_id)


def _take(request_id: int, at: datetime) -> ProviderRequest | None:
    """Lease a request from now; the first lease starts the lifetime of its key."""
    mine = ProviderRequest.objects.filter(pk=request_id, state__in=OPEN, next_try_at__lte=at)
    first_sent_at = Coalesce("first_sent_at", at, output_field=DateTimeField())
    if not mine.update(state=State.SENDING, next_try_at=at + LEASE, first_sent_at=first_sent_at):
        return None
    [request] = _REQUEST(pk=request_id)
    return request


def _not_done(request: ProviderRequest, error: GatewayError, gateway: Gateway, *, at: datetime) -> None:
    log.warning("%s %s: %s", request.path, request.key, error.text)
    if not isinstance(error, Rejected) or error.is_our_settings:
        _try_later(request, error, at=at)
        return
    try:
        # A request whose answer was lost may have succeeded: refusing a refund frees its sum, to be
        # returned again, and refusing a receipt makes it count as not made.
        if request.attempt_id is None and request.first_sent_at != at and _find(request, gateway, at=at):
            return
    except GatewayError as silence:
        _try_later(request, silence, at=at)
        return
    refuse(request, error, at=at)


def _try_later(request: ProviderRequest, error: GatewayError, *, at: datetime) -> None:
    if isinstance(error, RateLimited):
        begin_pause(error.retry_after, at=at)
    elif isinstance(error, Rejected):
        open_case(CaseKind.MISCONFIGURED, at=at, facts=Reply(text=error.text))
    again_at = at + _again(request, error)
    ProviderRequest.objects.filter(pk=request.pk, state=State.SENDING).update(
        state=State.QUEUED,
        tries=request.tries + 1,
        next_try_at=again_at,
        last_status=error.status,
        last_error=error.text[:300],
    )
    later(SEND, at=again_at, request_id=request.pk)
    if request.attempt:
        extend_for_outage(request.attempt.order_id, since=request.created_at, at=at)


def _again(request: ProviderRequest, error: GatewayError) -> timedelta:
    """Return how long to wait before the same bytes are sent again."""
    if isinstance(error, RateLimited):
        return error.retry_after
    if isinstance(error, Rejected):
        return SETTINGS_WAIT
    waits = NOT_SENT_WAITS if isinstance(error, NotSent) else UNKNOWN_WAITS
    seconds = waits[min(request.tries, len(waits) - 1)]
    jitter = random.uniform(0, seconds / 10)  # noqa: S311 - spreads retries, guards nothing
    return timedelta(seconds=seconds + jitter)


def _look_for(request: ProviderRequest, gateway: Gateway, *, at: datetime) -> None:
    """Search the provider's lists for the object of a request whose key has expired. Raises GatewayError."""
    if _find(request, gateway, at=at):
        return
    if request.attempt_id:
        give_up(request, at=at)
    else:
        escalate(request, at=at)


def _find(request: ProviderRequest, gateway: Gateway, *, at: datetime) -> bool:
    """Apply the object of a request if the provider's lists have it; return whether they do. Raises GatewayError."""
    try:
        found = find_made(request, gateway)
        if found is not None:
            take_answer(request, found, gateway, at=at)
    except Rejected as error:
        if error.is_our_settings:
            raise
        # A refused search says nothing about the request.
        raise OutcomeUnknown(error.text, status=error.status) from error
    return found is not None

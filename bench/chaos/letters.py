"""The letters really sent: files of the mail backend, identified by Message-ID."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.db.models import Count, Q

from olvery.shared.addresses import site_host
from orders.models import (
    BillLetter,
    LedgerEntry,
    Message,
    MessageKind,
    Order,
    OrderStatus,
    Refund,
    WaitedOrder,
    WaitingLetter,
)

END = b"\n" + b"-" * 79 + b"\n"  # the file backend writes it after each letter
MESSAGE_ID = re.compile(r"<(?:message-(\d+)|[^@]+)@")
# A letter is known by its subject: its row may be gone, and says nothing about what went out.
SUBJECTS = {
    MessageKind.PAID: re.compile(r"Оплата по заказу (\d+) получена: "),
    MessageKind.REFUNDED: re.compile(r"Вернули .* по заказу (\d+)$"),
    MessageKind.CREATED: re.compile(r"Заказ (\d+): "),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that went out, by the key of its message, or its Message-ID where it is about no order.

    The kind is empty where only that matters.
    """

    key: int | str
    kind: str
    order: int


def read_letters(directory: Path) -> list[Letter]:
    """Read sent letters. A letter without its end was being written when the process was killed: nobody got it."""
    files = sorted(directory.glob("*.log"))
    return [_read(text) for file in files for text in file.read_bytes().split(END)[:-1]]


def _read(text: bytes) -> Letter:
    letter = message_from_bytes(text, policy=policy.default)
    found = MESSAGE_ID.match(letter["Message-ID"])
    key = int(found[1]) if found and found[1] else str(letter["Message-ID"])
    subject = str(letter["Subject"]).strip()  # a long one begins on a line of its own
    for kind, pattern in SUBJECTS.items():
        if told := pattern.match(subject):
            return Letter(key, kind, int(told[1]))
    return Letter(key, "", 0)


def repeated(letters: Sequence[Letter]) -> int:
    """Return how many letters were sent again with the same Message-ID."""
    return len(letters) - len({letter.key for letter in letters})


def differences(letters: Sequence[Letter], *, worker_kills: int) -> list[str]:
    """Return what is wrong about letters, a line each."""
    return [*_rows(letters), *_others(letters), *_repeats(letters, worker_kills), *_orders(letters), *_refunds(letters)]


def _rows(letters: Sequence[Letter]) -> Iterator[str]:
    """Every row marked as sent has a letter of its kind."""
    sent: dict[int | str, set[str]] = defaultdict(set)
    for letter in letters:
        sent[letter.key].add(letter.kind)
    waited = _waited()
    for pk, kind, order in Message.objects.order_by("pk").values_list("pk", "kind", "order"):
        is_known = kind in SUBJECTS and not (kind == MessageKind.CREATED and order in waited)
        if pk not in sent:
            yield f"letter {pk} ({kind}) never went out"
        elif sent[pk] != {kind if is_known else ""}:
            yield f"letter {pk} ({kind}) went out as {sorted(sent[pk])}"


def _waited() -> set[int]:
    """Return the orders made of wishes: their letters say that a place became free."""
    return set(WaitedOrder.objects.values_list("order", flat=True))


def _others(letters: Sequence[Letter]) -> Iterator[str]:
    """Letters to companies and about the waiting list went out if their rows say so, unless nobody waits any more."""
    sent = {str(letter.key) for letter in letters}
    rows = [("bill", BillLetter.objects.all()), ("waiting", WaitingLetter.objects.exclude(sent_at=None))]
    for name, found in rows:
        for pk in found.order_by("pk").values_list("pk", flat=True):
            if f"<{name}-{pk}@{site_host()}>" not in sent:
                yield f"letter {name}-{pk} never went out"


def _repeats(letters: Sequence[Letter], worker_kills: int) -> Iterator[str]:
    """Only a worker killed between the mail server's answer and the mark causes a repetition."""
    if repeated(letters) > worker_kills:
        yield f"{repeated(letters)} letters were repeated, but only {worker_kills} workers were killed"


def _orders(letters: Sequence[Letter]) -> Iterator[str]:
    """One letter for an order's creation, at most one for each of its payments, one for each of its refunds."""
    sent, waited = Counter((letter.order, letter.kind) for letter in set(letters)), _waited()
    by_hand = Counter(LedgerEntry.objects.exclude(method="online").values_list("order", "kind"))
    succeeded = {
        "payments_made": Count("attempts", Q(attempts__status="succeeded"), distinct=True),
        "refunds_made": Count("attempts__refunds", Q(attempts__refunds__status="succeeded"), distinct=True),
    }
    for order in Order.objects.annotate(**succeeded).order_by("pk"):
        created, paid, returned = (sent[order.pk, kind] for kind in ("created", "paid", "refunded"))
        payments, refunds = (
            made + by_hand[order.pk, kind]
            for made, kind in ((order.payments_made, "charge"), (order.refunds_made, "refund"))
        )
        # What was not sent yet when the order was cancelled is withdrawn.
        is_missing = created < 1 and order.status != OrderStatus.CANCELLED and order.pk not in waited
        if created > 1 or is_missing:
            yield f"order {order.pk} is {order.status}: {created} letters say that it was made"
        if paid > payments:
            yield f"order {order.pk} has {payments} payments and {paid} letters about them"
        if returned != refunds:
            yield f"order {order.pk} has {refunds} refunds and {returned} letters about them"


def _refunds(letters: Sequence[Letter]) -> Iterator[str]:
    """Exactly one letter reports each refund."""
    keys = {letter.key for letter in letters}
    told: dict[int, set[int]] = defaultdict(set)
    about_refunds = Message.objects.filter(kind=MessageKind.REFUNDED, refund__isnull=False)
    for pk, refund in about_refunds.values_list("pk", "refund"):
        told[refund].update({pk} & keys)
    for pk in Refund.objects.filter(status=Refund.Status.SUCCEEDED).order_by("pk").values_list("pk", flat=True):
        if len(told[pk]) != 1:
            yield f"refund {pk} was told of in {len(told[pk])} letters"

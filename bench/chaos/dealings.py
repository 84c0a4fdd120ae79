"""Comparing other dealings than single orders with what people were told: nothing is duplicated or missing."""

import math
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.models import Company, PeopleImport, User
from bench.chaos.receiver import Receiver
from bench.chaos.storm import Storm
from coworking.domain import waiting as line
from coworking.models import PaymentMethod, Ticket, WaitingStatus, WaitingWish
from olvery.shared.money import NO_MONEY
from orders.domain.booking.waiting import order_token
from orders.domain.money.pass_books import held_by_each
from orders.domain.queries.self_check import check_itself
from orders.models import (
    ActSeries,
    ApiRequest,
    BilledOrder,
    BulkAction,
    BulkItem,
    BulkState,
    Delivery,
    LedgerEntry,
    LineKind,
    MonthBill,
    Order,
    OrderEvent,
    OrderStatus,
    Pass,
    PromoCode,
    PromoUse,
    WaitedOrder,
)

LIVE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED, OrderStatus.COMPLETED)
BLOCKING = ("held", "active")
HOUR = timedelta(hours=1)


def differences(storm: Storm, receiver: Receiver) -> list[str]:
    """Return everything that does not add up; an empty list is what we want."""
    return [
        *_promises(storm),
        *_passes(),
        *_promo_codes(),
        *_on_account(),
        *_bills(storm),
        *_line(),
        *_people(storm),
        *_many(),
        *_deliveries(receiver),
    ]


def _promises(storm: Storm) -> Iterator[str]:
    """What was confirmed exists, what was refused does not, and nothing exists that nobody sent."""
    own = set(Order.objects.filter(created_by=F("customer")).values_list("form_token", flat=True))
    of_wishes = {order_token(wish) for wish in WaitingWish.objects.all()}
    yield from storm.told_orders.differences("order", own - of_wishes)
    yield from storm.wishes.differences("wish", set(WaitingWish.objects.values_list("token", flat=True)))
    yield from storm.bulk.differences("bulk action", set(BulkAction.objects.values_list("form_token", flat=True)))
    by_hand = LedgerEntry.objects.exclude(method=PaymentMethod.ONLINE)
    of_bills = _parts_of(storm)
    there = {of_bills.get(token, token) for token in by_hand.values_list("form_token", flat=True)}
    items = set(BulkItem.objects.values_list("token", flat=True))
    yield from storm.payments.differences("payment at the desk", there, also=items)
    made = dict(ApiRequest.objects.values_list("key", "form_token"))
    for key, told in storm.api_keys.items():
        numbers = set(Order.objects.filter(form_token=made[key]).values_list("pk", flat=True)) if key in made else set()
        if told != numbers or len(told) > 1:
            yield f"key {key} was answered with orders {sorted(told)} and has made {sorted(numbers)}"


def _parts_of(storm: Storm) -> dict[uuid.UUID, uuid.UUID]:
    """Return the payments of bills by the tokens of their parts."""
    orders = list(BilledOrder.objects.values_list("order", flat=True))
    return {uuid.uuid5(token, str(order)): token for token in storm.paid_bills for order in orders}


def _passes() -> Iterator[str]:
    """Passes are what their entries add up to, and a ticket uses the hours that it lasts, as long as it stands."""
    found = check_itself(at=timezone.now())
    if not found.is_clean:
        yield f"the site finds about itself: {found}"
    for sold in Pass.objects.select_related("order").annotate(sum=Sum("entries__units")).order_by("pk"):
        if sold.sum != sold.left:
            yield f"pass {sold.pk} has {sold.left} units, its entries say {sold.sum}"
        if sold.order.status not in LIVE and sold.ended_at is None:
            yield f"pass {sold.pk} can be used, its sale is {sold.order.status}"
    orders = Order.objects.filter(from_pass__isnull=False).select_related("from_pass")
    held = held_by_each(orders.values_list("pk", flat=True))
    for order in orders.order_by("pk"):
        assert order.from_pass
        stand = Ticket.objects.filter(lines__order=order, status__in=BLOCKING).distinct()
        needed = {ticket.pk: math.ceil((ticket.period.end - ticket.period.start) / HOUR) for ticket in stand}
        if held[order.pk] != needed and order.from_pass.ended_at is None:
            yield f"order {order.pk} uses {held[order.pk]} of its pass instead of {needed}"


def _promo_codes() -> Iterator[str]:
    """A code counts the orders that stand by it, and no more than it may."""
    uses = dict(PromoUse.objects.values_list("order").annotate(sum=Sum("count")))
    counted: dict[int, int] = defaultdict(int)
    for order in Order.objects.filter(promo_code__isnull=False).order_by("pk"):
        is_let_off = not order.total and order.lines.filter(kind=LineKind.ALLOWANCE).exists()
        wanted = int(order.status in LIVE and not is_let_off)
        counted[order.promo_code_id or 0] += wanted
        if uses.get(order.pk, 0) != wanted:
            yield f"order {order.pk} is {order.status} and has {uses.get(order.pk, 0)} uses of its promo code"
    for code in PromoCode.objects.order_by("pk"):
        if code.used != counted[code.pk] or code.used > (code.most_uses or code.used):
            yield f"promo code {code.pk} counts {code.used} of {code.most_uses} uses, {counted[code.pk]} stand"


def _on_account() -> Iterator[str]:
    """A company owes no more than its limit."""
    owing = Q(orders__payment_method=PaymentMethod.INVOICE)
    for company in Company.objects.annotate(owes=Sum("orders__due", filter=owing)).order_by("pk"):
        if (company.owes or NO_MONEY) > (company.credit_limit or NO_MONEY):
            yield f"company {company.pk} owes {company.owes} of {company.credit_limit}"


def _bills(storm: Storm) -> Iterator[str]:
    """A bill says what its orders cost, papers have every number once, and a payment is the sum of its parts."""
    for bill in MonthBill.objects.prefetch_related("corrections").order_by("pk"):
        sums = bill.rows.aggregate(due=Sum("due"), cost=Sum("cost"))
        if (sums["due"], sums["cost"]) != (bill.amount, bill.rendered):
            yield f"bill {bill.pk} says {bill.amount} and {bill.rendered}, its orders {sums['due']} and {sums['cost']}"
        papers = sorted(bill.corrections.all(), key=lambda one: one.number)
        if [one.number for one in papers] != list(range(1, len(papers) + 1)):
            yield f"bill {bill.pk} has the corrections {[one.number for one in papers]}"
        for one in (bill, *papers):
            told = sum((Decimal(row["amount"]) for row in one.contents["lines"]), NO_MONEY)
            if told != one.rendered:
                yield f"the act of bill {bill.pk} adds up to {told}, it says {one.rendered}"
    for series in ActSeries.objects.order_by("pk"):
        numbers = [*series.bills.values_list("act_number", flat=True), *series.acts.values_list("number", flat=True)]
        if sorted(numbers) != list(range(1, series.last + 1)):
            yield f"acts of {series} have the numbers {sorted(numbers)}"
    parts = _parts_of(storm)
    paid: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
    for token, amount in LedgerEntry.objects.filter(form_token__in=parts).values_list("form_token", "amount"):
        paid[parts[token]] += amount
    for token, amount in paid.items():
        if amount != storm.paid_bills[token]:
            yield f"payment {token} of a bill was {storm.paid_bills[token]}, its parts are {amount}"


def _line() -> Iterator[str]:
    """An offered wish is an order, and nobody is in line for free places."""
    offered = set(WaitingWish.objects.filter(status=WaitingStatus.OFFERED).values_list("pk", flat=True))
    made = set(WaitedOrder.objects.values_list("wish", flat=True))
    yield from (f"wish {pk} was offered, or is an order, and not both" for pk in sorted(offered ^ made))
    for service in line.services_waited_for():
        if fits := line.next_that_fits(service, at=timezone.now()):
            yield f"wish {fits} stands in line, and its places are free"


def _people(storm: Storm) -> Iterator[str]:
    """A merged record has nothing any more, and lists of people came in whole, each person once."""
    gone = User.objects.filter(merged_into__isnull=False)
    left = {
        "order": Order.objects.filter(customer__in=gone),
        "ticket": Ticket.objects.filter(visitor__in=gone),
        "pass": Pass.objects.filter(owner__in=gone),
        "wish": WaitingWish.objects.filter(customer__in=gone),
    }
    yield from (f"{name} {row.pk} is of a record that was merged" for name, rows in left.items() for row in rows)
    imported = dict(PeopleImport.objects.filter(imported_at__isnull=False).values_list("pk", "created"))
    guests = User.objects.filter(email__startswith="guest")
    if sum(imported.values()) != guests.count():
        yield f"lists say that {sum(imported.values())} people came, {guests.count()} have"
    known = set(guests.values_list("email", flat=True))
    for pk, emails in storm.lists.items():
        if pk in imported and not emails <= known:
            yield f"list {pk} was imported without {sorted(emails - known)}"


def _many() -> Iterator[str]:
    """What was done with many rows was done or refused with each; nothing broke."""
    for item in BulkItem.objects.filter(state=BulkState.FAILED).order_by("pk"):
        yield f"item {item.pk} of order {item.order_id} broke: {item.text}"


def _deliveries(receiver: Receiver) -> Iterator[str]:
    """Every event was delivered, signed, and nothing else was."""
    yield from (f"delivery {number} has a wrong signature" for number in receiver.forged)
    events = set(OrderEvent.objects.values_list("pk", flat=True))
    queued = Delivery.objects.values_list("webhook", "event")
    yield from (f"event {pk} is delivered to nobody" for pk in sorted(events - {event for _webhook, event in queued}))
    numbers = {f"msg_{webhook}_{event}" for webhook, event in queued}
    yield from (f"delivery {number} never came" for number in sorted(numbers - receiver.taken.keys()))
    yield from (f"delivery {number} came and is of no event" for number in sorted(receiver.taken.keys() - numbers))

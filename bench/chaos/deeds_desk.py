"""What the desk does apart from single orders: money by hand, monthly bills, bulk actions, records of people."""

import re
import uuid
from decimal import Decimal
from random import Random
from urllib.parse import urlencode

from bench.chaos.browser import Person, TurnedAway
from bench.chaos.storm import Storm
from bench.chaos.told import insist
from bench.chaos.trade import Trade
from coworking.models import PaymentMethod, Ticket, WaitingWish
from orders.forms_people import key_of
from orders.models import BilledOrder, BulkKind, Order, OrderStatus

MOST_ROWS = 8  # more than are done while the person waits
BILL = re.compile(r"/bills/([0-9]+)/")
NEW_PEOPLE = 4
REASON = "Хаос"


def take_payment(storm: Storm, number: int, rng: Random) -> None:
    """Take money at the desk, while it may also be paid online."""
    owing = Order.objects.filter(due__gt=0, status__in=[OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED])
    numbers = list(owing.order_by("pk").values_list("pk", flat=True))
    chosen = number if rng.random() < 0.5 or not numbers else rng.choice(numbers)
    manager = storm.manager()
    form = manager.form(f"/manage/orders/{chosen}/payments/new/", "token")
    sent = form.filled(method=str(PaymentMethod.ON_SITE))
    storm.payments.send(uuid.UUID(form.values["token"][0]), lambda: manager.open(form.action, sent))


def give_back(storm: Storm, number: int, rng: Random) -> None:
    """Give money back at the desk, of what came in by hand."""
    paid = Order.objects.filter(entries__kind="charge", entries__amount__gt=1).exclude(entries__method="online")
    numbers = list(paid.order_by("pk").values_list("pk", flat=True).distinct())
    if not numbers:
        raise TurnedAway("nothing came in by hand")
    order, manager = Order.objects.get(pk=rng.choice(numbers)), storm.manager()
    form = manager.form(f"/manage/orders/{order.pk}/refund/", "token")
    by = PaymentMethod.INVOICE if order.payment_method == PaymentMethod.INVOICE else PaymentMethod.ON_SITE
    part = f"{rng.randint(1, 300)}.{rng.randint(0, 99):02}"
    sent = form.filled(source="desk", method=str(by), amount=part, reason=REASON)
    storm.payments.send(uuid.UUID(form.values["token"][0]), lambda: manager.open(form.action, sent))


def bill_a_month(storm: Storm, number: int, rng: Random) -> None:
    """Issue the bill of a company's month, pay a part of it, or issue its papers anew; two may be at it at once."""
    manager, company = storm.manager(), rng.choice(_trade(storm).billed)
    list_url = f"/manage/companies/{company.pk}/bills/"
    manager.open(list_url)
    found = BILL.search(insist(lambda: manager.open(f"{list_url}new/", {})))
    if found is None:
        raise TurnedAway("there is nothing to bill")
    bill = f"{list_url}{found[1]}/"
    rng.choice([_pay_bill, _pay_bill, _let_off, _correct_bill])(storm, manager, bill, rng)


def _pay_bill(storm: Storm, manager: Person, bill: str, rng: Random) -> None:
    form = manager.form(bill, "moved_on")
    amount = Decimal(rng.choice([1, 200, 333, 500])) + Decimal(rng.randint(0, 99)) / 100
    token = uuid.UUID(form.values["token"][0])
    storm.paid_bills[token] = amount
    storm.payments.send(token, lambda: manager.open(form.action, form.filled(amount=str(amount))))


def _let_off(storm: Storm, manager: Person, bill: str, rng: Random) -> None:
    """Give a company some of its money back, so that the papers are not right any more."""
    [number] = BILL.findall(bill)
    orders = BilledOrder.objects.filter(bill=number).order_by("pk").values_list("order", flat=True)
    form = manager.form(f"/manage/orders/{rng.choice(list(orders))}/refund/", "token")
    sent = form.filled(source="desk", method=str(PaymentMethod.INVOICE), amount=str(rng.randint(1, 90)), reason=REASON)
    storm.payments.send(uuid.UUID(form.values["token"][0]), lambda: manager.open(form.action, sent))


def _correct_bill(storm: Storm, manager: Person, bill: str, rng: Random) -> None:
    manager.open(bill)
    insist(lambda: manager.open(f"{bill}correct/", {}))


def do_with_many(storm: Storm, number: int, rng: Random) -> None:
    """Run a bulk action on orders or tickets; more than five are done by the job."""
    kind = rng.choice([BulkKind.CANCEL, BulkKind.GIVE_UP, BulkKind.GIVE_UP, *BulkKind])
    numbers = {number, *rng.sample(storm.orders, min(len(storm.orders), rng.randint(1, MOST_ROWS)))}
    path, typed = "/manage/orders/bulk/", {}
    if kind.is_of_tickets:
        path = "/manage/coworking/tickets/bulk/"
        tickets = Ticket.objects.filter(lines__order__in=numbers).distinct().order_by("pk")
        numbers = set(rng.sample(list(tickets.values_list("pk", flat=True)), min(MOST_ROWS, tickets.count())))
    if kind in (BulkKind.CANCEL, BulkKind.GIVE_UP):
        typed = {"reason": REASON}
    if kind == BulkKind.PAYMENT:
        typed = {"method": str(PaymentMethod.ON_SITE)}
    manager = storm.manager()
    form = manager.form(f"{path}?{urlencode({'do': kind, 'pk': sorted(numbers)}, doseq=True)}", "shown")
    sent = form.filled(**typed)
    storm.bulk.send(uuid.UUID(form.values["token"][0]), lambda: manager.open(form.action, sent))


def offer_place(storm: Storm, number: int, rng: Random) -> None:
    """Offer a place out of turn, or take somebody out of the line."""
    wishes = list(WaitingWish.objects.waiting().order_by("pk").values_list("pk", flat=True))
    if not wishes:
        raise TurnedAway("nobody stands in line")
    manager, what = storm.manager(), rng.choice(["offer", "offer", "withdraw"])
    address = f"/manage/coworking/waiting/{rng.choice(wishes)}/{what}/"
    seen = manager.form(address, "version").filled() if what == "offer" else {}
    insist(lambda: manager.open(address, seen))


def merge(storm: Storm, number: int, rng: Random) -> None:
    """Merge two records of one person, whichever of them stays."""
    trade = _trade(storm)
    kept, gone = rng.sample(rng.choice(trade.doubles), 2)
    keys = {name: key_of(one.pk, viewer=trade.administrator) for name, one in (("kept", kept), ("gone", gone))}
    administrator = storm.person(trade.administrator)
    form = administrator.form(f"/manage/people/merge/compare/?{urlencode(keys)}", "seen")
    taken = rng.choice(["kept", "gone"])
    sent = form.filled(name=taken, phone=taken, email=taken, reason=REASON, is_one_person="on")
    insist(lambda: administrator.open(form.action, sent))


def import_people(storm: Storm, number: int, rng: Random) -> None:
    """Upload a list of people, some of whom another list has, too, and import it."""
    administrator = storm.person(_trade(storm).administrator)
    guests = {rng.randint(0, 60) for _person in range(NEW_PEOPLE)}
    rows = [f"Хаос;Гость;+7 926 000-00-{one:02};guest{one}@olvery.test" for one in sorted(guests)]
    file = "\n".join(["Фамилия;Имя;Телефон;Электронная почта", *rows]).encode()
    administrator.open("/manage/people/import/")
    preview = administrator.open("/manage/people/import/", {"basis": "contract"}, file)
    storm.lists[int(preview.strip("/").rpartition("/")[2])] = {f"guest{one}@olvery.test" for one in guests}
    insist(lambda: administrator.open(preview, {}))


def _trade(storm: Storm) -> Trade:
    assert storm.trade
    return storm.trade

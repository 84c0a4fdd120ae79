"""What customers do online: book on the page of a service, buy and use passes, join the waiting list."""

import re
from random import Random
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from bench.chaos.browser import Person, TurnedAway
from bench.chaos.pages import Form
from bench.chaos.stage import LENGTH, any_time
from bench.chaos.storm import Storm
from bench.chaos.told import insist
from bench.chaos.trade import CODE
from coworking.models import PaymentMethod, Tariff, WaitingWish
from orders.models import Order, Pass

ORDER = re.compile(r"/my/orders/([0-9]+)/")
METHODS = (PaymentMethod.ONLINE, PaymentMethod.ONLINE, PaymentMethod.ON_SITE)


def book(storm: Storm, number: int, rng: Random) -> None:
    """Book a place or two, perhaps with a promo code; what is to be paid online is visited like any other order."""
    chosen = {"payment_method": str(rng.choice(METHODS)), "places": str(rng.choice([1, 1, 2]))}
    if rng.random() < 0.5:
        chosen["promo_code"] = CODE
    _book(storm, rng, rng.choice(storm.stage.customers), rng.choice(storm.stage.tariffs), chosen)


def book_on_account(storm: Storm, number: int, rng: Random) -> None:
    """Book for the company that may owe so much, together with its other people."""
    assert storm.trade
    person = rng.choice(list(User.objects.filter(at_companies__company=storm.trade.company).order_by("pk")))
    chosen = {"payment_method": str(PaymentMethod.INVOICE), "company": str(storm.trade.company.pk)}
    _book(storm, rng, person, rng.choice(storm.stage.tariffs), chosen)


def book_by_pass(storm: Storm, number: int, rng: Random) -> None:
    """Book by a pass, which its owner may be using in another window."""
    passes = list(Pass.objects.usable(timezone.now()).select_related("owner"))
    if not passes:
        raise TurnedAway("nobody has a pass")
    own = rng.choice(passes)
    tariff = next(one for one in storm.stage.tariffs if one.service_id == own.service_id)
    _book(storm, rng, own.owner, tariff, {"pass_id": str(own.pk), "places": str(rng.choice([1, 2]))})


def _book(storm: Storm, rng: Random, who: User, tariff: Tariff, chosen: dict[str, str]) -> None:
    person = storm.person(who)
    order = _send(storm, person, person.form(_address(storm, rng, tariff, chosen), "buy"))
    storm.visit(order, rng, times=1)


def _address(storm: Storm, rng: Random, tariff: Tariff, chosen: dict[str, str]) -> str:
    """Return the page of a service with a time chosen."""
    day, start = any_time(len(storm.orders), rng)
    when = {"day": day.isoformat(), "start": f"{start:02}:00", "end": f"{start + LENGTH:02}:00"}
    return f"/services/{tariff.service_id}/?{urlencode({'tariff': tariff.pk, **when, **chosen})}"


def _send(storm: Storm, person: Person, form: Form) -> int:
    """Send the form of an order, and return its number. Raises TurnedAway, OSError."""
    sent = form.filled()
    told = storm.told_orders.send(UUID(form.values["token"][0]), lambda: person.open(form.action, sent))
    found = ORDER.search(told)
    if found is None:
        raise TurnedAway(told)
    return int(found[1])


def buy_pass(storm: Storm, number: int, rng: Random) -> None:
    """Buy a pass, and pay for it like any other order."""
    assert storm.trade
    tariff, person = rng.choice(storm.trade.passes), storm.person(rng.choice(storm.stage.customers))
    form = person.form(f"/services/{tariff.service_id}/passes/{tariff.pk}/", "buy")
    storm.visit(_send(storm, person, form), rng)


def stand_in_line(storm: Storm, number: int, rng: Random) -> None:
    """Join the waiting list for a time at which everything is taken."""
    person, tariff = storm.person(rng.choice(storm.stage.customers)), rng.choice(storm.stage.tariffs)
    for _try in range(5):
        form = person.form(_address(storm, rng, tariff, {"payment_method": str(rng.choice(METHODS))}), "buy")
        if 'name="wait"' in person.text:
            break
    else:
        raise TurnedAway("there is room")
    sent = form.filled(wait="1")
    storm.wishes.send(UUID(form.values["token"][0]), lambda: person.open(form.action, sent))


def leave_line(storm: Storm, number: int, rng: Random) -> None:
    """Leave the line, at the moment in which a place may be offered."""
    wishes = list(WaitingWish.objects.waiting().select_related("customer").order_by("pk"))
    if not wishes:
        raise TurnedAway("nobody stands in line")
    wish = rng.choice(wishes)
    person = storm.person(wish.customer)
    if person.open("/my/waiting/"):
        raise TurnedAway("the record was merged")
    insist(lambda: person.open(f"/my/waiting/{wish.pk}/leave/", {}))


def give_up(storm: Storm, number: int, rng: Random) -> None:
    """Cancel one's order with the refund that was shown."""
    order = Order.objects.select_related("customer").get(pk=number)
    person = storm.person(order.customer)
    form = person.form(f"/my/orders/{number}/cancel/", "shown")
    insist(lambda: person.open(form.action, form.filled()))

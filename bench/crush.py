"""Sixty-four browsers that want the same ten places at the same moment."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from django.db import connection
from django.urls import reverse

from accounts.models import User
from bench import database, server
from bench.busy import new_location
from bench.form import Fields, open_day, values_of
from bench.measure import percentiles
from bench.results import Results
from bench.sides import Side
from bench.targets import REFUSAL
from coworking.models import PaymentMethod, Service, Tariff, Ticket, Unit
from olvery.shared.periods import Period, at_local
from orders.forms import new_token
from orders.forms_people import key_of

PLACES, BROWSERS, ATTEMPTS = 10, 64, 157  # ten thousand answers
SAVED, REFUSED = 302, 422
EMAIL = "crush@olvery.test"


def run(results: Results, sides: Sequence[Side]) -> None:
    """Let everybody save at once, several times, and count who got a place."""
    side = sides[0]
    side.use()
    tariff, manager = _place(side)
    values = _values(manager, tariff, side)
    slots = _free_hours(tariff)
    connection.close()
    refused, statuses = [], Counter[int]()
    with server.running(database.url(side.name)) as site:
        first = server.Browser(site.port)
        first.sign_in(EMAIL)
        for day, start in slots:
            when = {"day": day.isoformat(), "start": f"{start:02}:00", "end": f"{start + 1:02}:00"}
            answers = _all_at_once(site.port, first.cookies, {**values, **when})
            statuses += Counter(answer.status for answer in answers)
            refused += [answer.ms for answer in answers if answer.status == REFUSED]
            taken = _taken(tariff, day, start)
            results.expect(taken == PLACES, f"{taken} places of {PLACES} are taken after all wanted them")
            saved = sum(answer.status == SAVED for answer in answers)
            results.expect(saved == PLACES, f"{saved} orders are saved for {PLACES} places")
    results.expect(set(statuses) <= {SAVED, REFUSED}, f"answers {dict(statuses)}")
    p50, p95 = percentiles(refused)
    results.table(
        f"{BROWSERS} at once for {PLACES} places, {ATTEMPTS} times",
        "",
        "saved",
        "refused",
        "p50, ms",
        "p95",
        "target",
        "",
    )
    word = results.judge(REFUSAL.missed(p50, p95, 0), f"a refusal among {BROWSERS}: {p95:.0f} ms at p95")
    results.row("a refusal", statuses[SAVED], statuses[REFUSED], p50, p95, f"p95 {REFUSAL.text}", word)


def _all_at_once(port: int, cookies: dict[str, str], fields: Fields) -> list[server.Answer]:
    """Send the form from as many tabs, each on its own open connection."""
    barrier, answers = threading.Barrier(BROWSERS), list[server.Answer]()

    def send() -> None:
        browser = server.Browser(port, cookies)
        browser.get("/healthz")
        barrier.wait(60)
        answers.append(browser.post(reverse("orders:create"), {**fields, "token": new_token()}))

    server.at_once(send, BROWSERS)
    return answers


def _place(side: Side) -> tuple[Tariff, User]:
    """Return a service of ten places at a location of its own, created once, and its manager."""
    known = Tariff.objects.filter(service__location__name="Давка").select_related("service__location").first()
    if known:
        return known, User.objects.get(email=EMAIL)
    person = User(email=EMAIL, last_name="Тихонова", first_name="Вера", password=side.manager.password)
    person.save()
    location = new_location(person, name="Давка")
    service = Service.objects.create(location=location, name="Зал на десять", capacity=PLACES)
    return Tariff.objects.create(service=service, name="Час", unit=Unit.HOUR, price=Decimal(300)), person


def _values(manager: User, tariff: Tariff, side: Side) -> Fields:
    customer = User.objects.get(email="customer@olvery.test")
    values = values_of(side.manager, side.location)
    chosen = {"service": str(tariff.service_id), "tariff": str(tariff.pk), "payment_method": PaymentMethod.ON_SITE}
    return {**values, **chosen, "customer": key_of(customer.pk, viewer=manager)}


def _free_hours(tariff: Tariff) -> list[tuple[date, int]]:
    """Return hours that nobody has booked yet, as many as there are attempts."""
    found, ahead = list[tuple[date, int]](), 1
    while len(found) < ATTEMPTS:
        day = open_day(tariff.service.location, ahead)
        found += [(day, start) for start in range(9, 20) if not _taken(tariff, day, start)]
        ahead += 1
    return found[:ATTEMPTS]


def _taken(tariff: Tariff, day: date, start: int) -> int:
    begins = at_local(day, time(start), tariff.service.location.zone)
    hour = Period(begins, begins + timedelta(hours=1))
    return Ticket.objects.blocking().filter(service=tariff.service, occupied__overlap=hour).count()

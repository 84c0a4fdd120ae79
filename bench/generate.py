"""Filling the database once: a million people, and the orders of four years."""

import gc
import time
from collections.abc import Iterable
from random import Random

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import Membership, Role, User
from bench.crowd import crowd
from bench.history import History
from coworking.models import Location
from olvery.demo.demand import Demand
from olvery.demo.desk import Desk
from olvery.demo.money import Cashier
from olvery.demo.people import People, create_people
from olvery.demo.places import LOCATION_NAME, Site, create_site
from olvery.demo.rows import save_bookings

SEED = 2026
PEOPLE = 1_000_000
CUSTOMERS = 60_000  # the others only ever registered
# The quiet place has the oldest orders of all: a list that walks the newest first has the longest way to them.
QUIET, OTHER = "Технопарк «Причал»", "Технопарк «Волна»"
ORDERS = {QUIET: 60, OTHER: 60_000, LOCATION_NAME: 140_000}
BATCH = 5_000


def fill_once() -> None:
    """Fill an empty database within one transaction, so that an interrupted run leaves nothing behind."""
    if Location.objects.exists():
        return
    began = time.monotonic()
    print(f"Filling the database, once: {PEOPLE:,} people, {sum(ORDERS.values()):,} orders.", flush=True)
    gc.disable()  # its passes over so many objects take half of the time; each batch is collected by itself
    with transaction.atomic():
        _fill(Random(SEED))
    gc.enable()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    print(f"Filled in {time.monotonic() - began:.0f} s.", flush=True)


def _fill(rng: Random) -> None:
    at = timezone.now()
    today = timezone.localdate(at)
    sites = {name: _site(name, create_site(today=today)) for name in ORDERS}
    people = create_people(location=sites[LOCATION_NAME].location, at=at, rng=rng)
    for name in (QUIET, OTHER):
        Membership.objects.create(
            user=people.accounts.administrator, location=sites[name].location, role=Role.RENTAL_MANAGER
        )
    taken = set(map(str, User.objects.values_list("phone", flat=True)))
    _copy(User, crowd(PEOPLE, rng, at=at, taken=taken))
    _book_the_past(sites, people, rng)
    _book_the_present(sites[LOCATION_NAME], people, rng)


def _site(name: str, site: Site) -> Site:
    site.location.name = name
    site.location.save()
    return site


def _copy(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Write rows by COPY, with the indexes built afterwards: a trigram index grows slowly row by row."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        for index in model._meta.indexes:
            editor.remove_index(model, index)
        with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an index cannot be built while checks wait
        for index in model._meta.indexes:
            editor.add_index(model, index)


def _book_the_past(sites: dict[str, Site], people: People, rng: Random) -> None:
    customers = list(User.objects.filter(pk__gt=max(person.pk for person in people.customers))[:CUSTOMERS])
    gc.freeze()
    at = timezone.now()
    for name, count in ORDERS.items():
        manager = people.accounts.manager
        history = History(site=sites[name], customers=customers, manager=manager, rng=rng)
        # No invoices: their contents would double the database, and no list reads them.
        cashier = Cashier(site=sites[name], seller=None, manager=manager, at=at, rng=rng)
        moments = history.moments(count, at=at, oldest_only=name == QUIET)
        for first in range(0, count, BATCH):
            bookings = [history.booking(moment) for moment in moments[first : first + BATCH]]
            save_bookings(bookings, location=sites[name].location, cashier=cashier, at=at, rng=rng)
            gc.collect()


def _book_the_present(site: Site, people: People, rng: Random) -> None:
    """Book the weeks around today as the demo does: the order form has something to be full of."""
    at = timezone.now()
    desk = Desk(site)
    demand = Demand(site=site, people=people, desk=desk, at=at, rng=rng)
    demand.book_passes()
    demand.book_days_and_hours()
    cashier = Cashier(site=site, seller=site.seller, manager=people.accounts.manager, at=at, rng=rng)
    save_bookings(desk.bookings, location=site.location, cashier=cashier, at=at, rng=rng)

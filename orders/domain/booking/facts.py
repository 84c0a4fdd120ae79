"""What an offer is based on, apart from occupancy, and whether that has changed since it was read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model

from accounts.models import Company, User
from coworking.domain.opening import Calendar, calendar_of
from coworking.models import Extra, OpeningHours, Service, Tariff, TariffPrice
from olvery.database.plans import keeping_plans
from olvery.shared.fields import LARGEST_KEY
from olvery.shared.written import Written
from orders.domain.booking.passes import chosen_pass
from orders.domain.booking.promo import PromoFacts, promo_facts
from orders.domain.booking.wish import Booker, Wish
from orders.domain.money.credit import Credit, credit_of
from orders.models import Pass

Versions = list[str]

active_people = Written(lambda keys: User.objects.filter(is_active=True, pk__any=keys), keys=[-1])


class Changed(Exception):
    """The facts that an order was based on have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Opening hours, people, the tariffs on sale by key, with their services and extras, promo code and pass."""

    calendar: Calendar
    people: Mapping[int, User]
    tariffs: Mapping[int, Tariff]
    promo: PromoFacts | None = None
    # The pass that was chosen, if the customer has it here.
    used_pass: Pass | None = None
    # The company that the order is for, if the customer is a member of it.
    company: Company | None = None
    # How that company stands, if it orders on account.
    credit: Credit | None = None


def facts_for(wish: Wish, booker: Booker, *, tariffs: Mapping[int, Tariff], calendar: Calendar | None = None) -> Facts:
    """Return the facts of an offer; `calendar` is the location's, if it was just read.

    Queries: the opening hours, unless they were just read, the people, two for a company, two for a promo code, one
    for a pass.
    """
    company = _company(wish)
    return Facts(
        calendar=calendar or calendar_of(booker.location),
        people=_people(wish, booker),
        tariffs=tariffs,
        promo=promo_facts(wish, booker) if wish.promo_code else None,
        used_pass=chosen_pass(wish, booker) if wish.pass_id else None,
        company=company,
        credit=credit_of(company),
    )


def _people(wish: Wish, booker: Booker) -> dict[int, User]:
    """Return the people named by the wish who have an open account. One query, none if that is only the booker."""
    if set(wish.people_ids) == {booker.user.pk} and booker.user.is_active:
        return {booker.user.pk: booker.user}
    asked = [key for key in wish.people_ids if key <= LARGEST_KEY]
    return {person.pk: person for person in active_people(keys=asked)} if asked else {}


def _company(wish: Wish) -> Company | None:
    if not wish.company_id or not wish.customer_id:
        return None
    return Company.objects.of_person(wish.customer_id).filter(pk=wish.company_id).first()


def _array(keys: Collection[int]) -> str:
    """Write keys as a PostgreSQL array literal: adapting a list takes the driver longer than the rest of the query."""
    return f"{{{','.join(str(key) for key in keys if key <= LARGEST_KEY)}}}"


def versions_of(wish: Wish, booker: Booker, *, tariffs: Mapping[int, Tariff]) -> Versions:
    """Return the versions of all rows that the facts of this wish are read from; a changed row has a new version.

    `xmin` is the transaction that last wrote a row. Read the versions before the facts; the tariffs
    come with their own. Raises Changed if a tariff has changed since it was read. One query.
    """
    chosen = [tariffs[key] for key in {part.tariff_id for part in wish.bookings if part.tariff_id} & tariffs.keys()]
    tariff_ids, service_ids = {one.pk for one in chosen}, {one.service_id for one in chosen}
    of_tariffs = [
        (Service, "id", service_ids),
        (Tariff, "id", tariff_ids),
        (TariffPrice, "tariff_id", tariff_ids),
        (Extra, "service_id", service_ids),
    ]
    found = _versions([*of_tariffs, (OpeningHours, "location_id", {booker.location.pk}), (User, "id", wish.people_ids)])
    read_along = tuple(f"{model._meta.label} " for model, _column, _keys in of_tariffs)
    if {one for one in found if one.startswith(read_along)} != {one for tariff in chosen for one in tariff.versions}:
        raise Changed
    return found


def _versions(rows: Sequence[tuple[type[Model], str, Collection[int]]]) -> Versions:
    selects = [
        f"SELECT concat_ws(' ', '{model._meta.label}', id, xmin) FROM {model._meta.db_table}"  # noqa: S608 - our names
        f" WHERE {column} = ANY(%s::bigint[])"
        for model, column, _keys in rows
    ]
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), [_array(keys) for _model, _column, keys in rows])
        return sorted(version for (version,) in cursor.fetchall())

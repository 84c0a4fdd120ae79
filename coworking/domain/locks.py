"""Row locks of places: a location before its services, these by ascending key, then a waiting wish
or a person.

We wait at most three seconds for a lock; then Busy tells the person that somebody else is working on the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from accounts.models import User
from coworking.models import Location, Service, WaitingWish
from olvery.database.plans import keeping_plans
from olvery.shared.refusals import Busy

LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
WAIT = "3s"


@contextmanager
def short_waits() -> Iterator[None]:
    """Open a transaction whose locks give up after three seconds. Raises Busy."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") in (LOCK_NOT_AVAILABLE, DEADLOCK):
            raise Busy from error
        raise


def lock_location(location_id: int) -> Location:
    """Lock a location and return it as it is now."""
    return Location.objects.select_for_update(no_key=True).get(pk=location_id)


def lock_person(person_id: int) -> User:
    """Lock a person, who may just be erased, and return them as they are now."""
    return User.objects.select_for_update(no_key=True).get(pk=person_id)


def lock_people(person_ids: Iterable[int]) -> dict[int, User]:
    """Lock people by ascending key, so that no new row can refer to them, and return them by key."""
    people = User.objects.select_for_update().filter(pk__in=list(person_ids)).order_by("pk")
    return {person.pk: person for person in people}


def lock_services(service_ids: Iterable[int]) -> None:
    """Lock services by ascending key: until the commit nobody else can take their places."""
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM coworking_service WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(service_ids)]
        )


def lock_service(service_id: int) -> Service:
    """Lock a service and return it as it is now, with its location."""
    services = Service.objects.select_related("location").select_for_update(no_key=True, of=("self",))
    return services.get(pk=service_id)


def lock_waiting(wish_id: int) -> WaitingWish:
    """Lock a wish on the waiting list and return it as it is now, with service and location."""
    wishes = WaitingWish.objects.select_related("service__location", "tariff", "customer")
    return wishes.select_for_update(no_key=True, of=("self",)).get(pk=wish_id)

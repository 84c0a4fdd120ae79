"""What happened to the orders of a location while a manager was not looking."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from coworking.models import Location
from orders.models import NEWS, EventKind, LastLook, OrderEvent, OrderStatus

# Nobody catches up on more than two weeks; a first look begins with today.
LONGEST = timedelta(days=14)
FIRST = timedelta(days=1)
# Covers events committed after somebody looked: shown twice rather than never.
OVERLAP = timedelta(seconds=10)
# Already told by the confirming payment, or routine work of the clock.
ROUTINE = (OrderStatus.CONFIRMED, OrderStatus.COMPLETED)
NOTE = """
INSERT INTO orders_lastlook AS known (user_id, location_id, seen_until) VALUES (%s, %s, %s)
ON CONFLICT (user_id, location_id) DO UPDATE SET seen_until = GREATEST(known.seen_until, EXCLUDED.seen_until)
"""


def seen_until(user: User, location: Location, *, at: datetime) -> datetime:
    """Return the moment up to which a person has seen the news. One query."""
    seen = LastLook.objects.filter(user=user, location=location).values_list("seen_until", flat=True).first()
    return max(seen, at - LONGEST) if seen else at - FIRST


def news_of(user: User, location: Location, *, since: datetime) -> QuerySet[OrderEvent]:
    """Return what others and the clock did since then, newest first, with order and person."""
    events = OrderEvent.objects.filter(at__gt=since, kind__in=NEWS, order__location=location)
    told = events.exclude(kind=EventKind.STATUS_CHANGED, data__to__in=ROUTINE)
    return told.exclude(by=user).select_related("order", "by").order_by("-at", "-pk")


def note_look(user: User, location: Location, *, shown_at: datetime) -> None:
    """Record that a person has seen the news up to a moment; an older page does not move it back. One query."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, (user.pk, location.pk, shown_at - OVERLAP))

"""Passes with their entries."""

from django.db.models import Prefetch, Q, QuerySet, Sum

from accounts.models import User
from orders.models import Order, Pass, PassEntry
from orders.models.passes import PassQuerySet

MOST_SHOWN = 50


def with_entries(passes: PassQuerySet) -> QuerySet[Pass]:
    """Read passes with their services and `entries_shown`, newest first. Two queries."""
    entries = PassEntry.objects.order_by("-pk")
    return passes.with_services().prefetch_related(Prefetch("entries", queryset=entries, to_attr="entries_shown"))


def own_passes(user: User) -> QuerySet[Pass]:
    """Return the last passes of a person, newest first."""
    return with_entries(Pass.objects.of_owner(user)).order_by("-pk")[:MOST_SHOWN]


def pass_sold_by(order: Order) -> Pass | None:
    """Return the pass that an order has sold, None until it is paid. No query for an order of tickets."""
    return with_entries(Pass.objects.filter(pk=order.pk)).first() if order.sells_pass else None


def pass_used_by(order: Order) -> Pass | None:
    """Return the pass that pays for an order, with the units `used` by it. No query for an order without one."""
    if order.from_pass_id is None:
        return None
    used = -Sum("entries__units", filter=Q(entries__order=order))
    return Pass.objects.annotate(used=used).get(pk=order.from_pass_id)

"""Limited extras of tickets that change."""

from collections.abc import Collection, Iterator, Sequence

from coworking.models import Extra
from orders.domain.booking.change_places import TicketPlan
from orders.domain.booking.extra_stock import ExtraTaken, stock_of


def refusals_of_stock(plans: Sequence[TicketPlan], *, without: Collection[int]) -> Iterator[ExtraTaken]:
    """Yield refusals for changed tickets whose extras are out of stock; `without` are the tickets moved with them.

    A ticket that keeps or shortens its time keeps what it has. Queries: the extras, and what is taken of them.
    """
    changed = [plan for plan in plans if plan.is_changed and plan.after.takes_place]
    wanted = [(plan, key, quantity) for plan in changed for key, quantity in plan.extras_after.items() if quantity]
    extras = Extra.objects.in_bulk({key for _plan, key, _quantity in wanted}) if wanted else {}
    limited = [one for one in wanted if one[1] in extras and extras[one[1]].stock is not None]
    numbers = {*without, *(plan.ticket.number for plan in changed)}
    periods = [plan.after.period for plan, _key, _quantity in limited]
    stock = stock_of([extras[key] for _plan, key, _quantity in limited], periods, without=numbers)
    for plan, key, quantity in sorted(limited, key=lambda one: _asks_for_more(*one)):
        try:
            stock.take(extras[key], quantity, plan.after.period)
        except ExtraTaken as refusal:
            if _asks_for_more(plan, key, quantity):
                yield refusal


def _asks_for_more(plan: TicketPlan, key: int, quantity: int) -> bool:
    before, after = plan.before.period, plan.after.period
    return quantity > plan.sold_extras.get(key, 0) or not (before.start <= after.start and after.end <= before.end)

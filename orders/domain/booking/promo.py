"""Whether a promo code makes a wish cheaper: its place, its days, its services, its weekdays, its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from coworking.models import Service
from orders.domain.booking.wish import Booker, Wish
from orders.domain.money.promo_uses import PromoRefused, Uses, uses_of
from orders.models import PromoCode


@dataclass(frozen=True, slots=True)
class PromoFacts:
    """The code that was given, None if the location has no such code, and how often it was used."""

    code: PromoCode | None
    uses: Uses


def promo_facts(wish: Wish, booker: Booker) -> PromoFacts:
    """Return what is known of the code of a wish. Two queries at most."""
    code = PromoCode.objects.at_location(booker.location).known_as(wish.promo_code).first()
    return PromoFacts(code, uses_of(code, customer_id=wish.customer_id) if code else Uses(0, 0))


def usable_code(promo: PromoFacts, bookings: Sequence[tuple[Service, date]], *, today: date) -> PromoCode:
    """Return the code if it is valid for all of these bookings, each with the day on which it begins.

    `today` is the day at the location. Raises PromoRefused.
    """
    code = promo.code
    if code is None:
        raise PromoRefused("promo_unknown")
    if not code.is_active or (code.ends_on and code.ends_on < today):
        raise PromoRefused("promo_over")
    if code.starts_on and today < code.starts_on:
        raise PromoRefused("promo_too_early", day=code.starts_on)
    other = {service.name for service, _day in bookings if code.service_ids and service.pk not in code.service_ids}
    if other:
        raise PromoRefused("promo_other_services", services=sorted(other))
    if code.weekdays and any(day.weekday() not in code.weekdays for _service, day in bookings):
        raise PromoRefused("promo_other_days", weekdays=sorted(code.weekdays))
    promo.uses.refuse_one_more(code)
    return code

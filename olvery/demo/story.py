"""The orders of customer@olvery.test, of every kind that «Мой кабинет» shows."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

from coworking.domain.rules import When, period_of
from coworking.models import Unit
from olvery.demo.desk import Desk, Wish
from olvery.demo.people import People
from olvery.demo.places import Offer, Site
from olvery.demo.wishes import WishMaker
from olvery.shared.periods import DAY

TEAM_DAY = "Придём втроём, нужны места рядом."
CHANGED_PLANS = "Клиент перенёс встречу."
CLIENT_MEETING = "Встреча с заказчиком, просьба проверить экран заранее."


class Story:
    """Books for the customer of the demo; call it while the desk is empty, so that everything fits."""

    def __init__(self, *, site: Site, people: People, today: date, wishes: WishMaker) -> None:
        self.site = site
        self.today = today
        self.wishes = wishes
        self.customer = people.accounts.customer
        self.manager = people.accounts.manager
        self.colleagues = people.colleagues_of(self.customer)

    def book(self, desk: Desk) -> None:
        """Book past, present and future orders. Raises Refusal."""
        for wish in list(self._wishes()):
            desk.book(wish)

    def _wishes(self) -> Iterator[Wish]:
        open_space, quiet_zone, rooms = self.site.open_space, self.site.quiet_zone, self.site.rooms
        yield self._wish(open_space, Unit.DAY, self._when(-20), by=self.manager)
        room = {"seat_ids": (rooms.seats[1].pk,), "extras": ((rooms.extras[0], 1),)}
        yield self._wish(rooms, Unit.HOUR, self._when(-8, 14, 16), by=self.customer, **room)
        yield self._wish(open_space, Unit.HOUR, self._when(-4, 10, 14), by=self.manager, cancel_reason=CHANGED_PLANS)
        desk = {"seat_ids": (quiet_zone.seats[4].pk,), "extras": tuple((extra, 1) for extra in quiet_zone.extras[:2])}
        yield self._wish(quiet_zone, Unit.WEEK, self._when(-2), by=self.customer, **desk)
        room = {"seat_ids": (rooms.seats[0].pk,), "extras": ((rooms.extras[1], 1),)}
        yield self._wish(rooms, Unit.HOUR, self._when(1, 11, 13), by=self.manager, comment=CLIENT_MEETING, **room)
        team = (self.customer, *self.colleagues[:2])
        yield self._wish(open_space, Unit.DAY, self._when(8), by=self.customer, visitors=team, comment=TEAM_DAY)
        # A colleague pays, the customer only comes: his ticket in somebody else's order.
        guests = (self.colleagues[0], self.customer)
        yield self._wish(open_space, Unit.DAY, self._when(14), by=self.manager, customer=guests[0], visitors=guests)

    def _when(self, ahead: int, start: int | None = None, end: int | None = None) -> When:
        day = self.site.open_day(self.today + DAY * ahead, step=1 if ahead > 0 else -1)
        if start is None or end is None:
            return When(day=day)
        return When(day=day, start=time(start), end=time(end))

    def _wish(self, offer: Offer, unit: Unit, when: When, **facts: Any) -> Wish:
        tariff = offer.tariffs[unit]
        period = period_of(tariff, when, self.site.calendar.zone)
        return self.wishes.make(offer=offer, tariff=tariff, period=period, **{"visitors": (self.customer,), **facts})

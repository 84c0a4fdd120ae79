"""The orders of customer@olvery.test: of every kind that «Мой кабинет» shows."""

from datetime import date, time

from coworking.domain.rules import When, period_of
from coworking.models import Unit
from olvery.demo.desk import Desk, Wish
from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.demo.wishes import WishMaker
from olvery.shared.periods import DAY

TEAM_DAY = "Придём втроём, нужны места рядом."
CLIENT_MEETING = "Встреча с заказчиком, просьба проверить экран заранее."


class Story:
    """Books for the customer of the demo; ask while the desk is empty, then everything fits."""

    def __init__(self, *, site: Site, people: People, today: date, wishes: WishMaker) -> None:
        """Take the place, the people and the local day on which the demo is loaded."""
        self.site = site
        self.today = today
        self.wishes = wishes
        self.customer = people.accounts.customer
        self.manager = people.accounts.manager
        self.colleagues = people.colleagues_of(self.customer)

    def book(self, desk: Desk) -> None:
        """Ask for past, present and coming orders. Raises Refusal."""
        for wish in (
            self._past_day(),
            self._past_meeting(),
            self._cancelled_hours(),
            self._current_week(),
            self._coming_meeting(),
            self._team_day(),
            self._as_a_guest(),
        ):
            desk.book(wish)

    def _day(self, ahead: int) -> date:
        return self.site.open_day(self.today + DAY * ahead, step=1 if ahead > 0 else -1)

    def _past_day(self) -> Wish:
        offer, day = self.site.open_space, self._day(-20)
        tariff = offer.tariffs[Unit.DAY]
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, When(day=day), self.site.calendar.zone),
            visitors=(self.customer,),
            by=self.manager,
        )

    def _past_meeting(self) -> Wish:
        offer = self.site.rooms
        tariff = offer.tariffs[Unit.HOUR]
        when = When(day=self._day(-8), start=time(14), end=time(16))
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, when, self.site.calendar.zone),
            visitors=(self.customer,),
            by=self.customer,
            seat_ids=(offer.seats[1].pk,),
            extras=((offer.extras[0], 1),),
        )

    def _cancelled_hours(self) -> Wish:
        offer = self.site.open_space
        tariff = offer.tariffs[Unit.HOUR]
        when = When(day=self._day(-4), start=time(10), end=time(14))
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, when, self.site.calendar.zone),
            visitors=(self.customer,),
            by=self.manager,
            cancel_reason="Клиент перенёс встречу.",
        )

    def _current_week(self) -> Wish:
        offer, day = self.site.quiet_zone, self._day(-2)
        tariff = offer.tariffs[Unit.WEEK]
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, When(day=day), self.site.calendar.zone),
            visitors=(self.customer,),
            by=self.customer,
            seat_ids=(offer.seats[4].pk,),
            extras=((offer.extras[0], 1), (offer.extras[1], 1)),
        )

    def _coming_meeting(self) -> Wish:
        offer = self.site.rooms
        tariff = offer.tariffs[Unit.HOUR]
        when = When(day=self._day(1), start=time(11), end=time(13))
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, when, self.site.calendar.zone),
            visitors=(self.customer,),
            by=self.manager,
            seat_ids=(offer.seats[0].pk,),
            extras=((offer.extras[1], 1),),
            comment=CLIENT_MEETING,
        )

    def _team_day(self) -> Wish:
        offer, day = self.site.open_space, self._day(8)
        tariff = offer.tariffs[Unit.DAY]
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, When(day=day), self.site.calendar.zone),
            visitors=(self.customer, *self.colleagues[:2]),
            by=self.customer,
            comment=TEAM_DAY,
        )

    def _as_a_guest(self) -> Wish:
        """A colleague pays, the customer only comes: a ticket of his in an order that is not."""
        offer, day = self.site.open_space, self._day(14)
        tariff = offer.tariffs[Unit.DAY]
        host = self.colleagues[0]
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period_of(tariff, When(day=day), self.site.calendar.zone),
            customer=host,
            visitors=(host, self.customer),
            by=self.manager,
        )

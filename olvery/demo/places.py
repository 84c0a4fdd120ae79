"""The location of the demo: its hours, services, tariffs, seats and extras."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from coworking.domain.opening import Calendar, calendar_of
from coworking.models import (
    CancellationStep,
    Extra,
    Location,
    OpeningHours,
    PaymentMethod,
    Seat,
    Seller,
    SellerTax,
    Service,
    Tariff,
    TariffPrice,
    Unit,
    Vat,
)
from olvery.shared.periods import DAY

LOCATION_NAME = "Технопарк «Сигнал»"
TIME_ZONE = "Europe/Moscow"
WEEKDAY_HOURS = (time(8), time(21))
SATURDAY_HOURS = (time(9), time(18))
SHORT_DAY_HOURS = (time(10), time(16))
# Days after the Monday of this week; the orders of the season know of them.
SHORT_DAY, CLOSED_DAY = 11, 16

TABLES = 2
SEATS_AT_A_TABLE = 6
ROOMS = (
    ("Байкал", "на 6 человек, экран"),
    ("Ладога", "на 4 человека"),
    ("Онега", "на 12 человек, экран и ВКС"),
)
# Hours before the start, and the percentage returned if it is cancelled that early.
FREE_UNTIL_THE_DAY_BEFORE = {24: 100, 0: 50}
FREE_UNTIL_HALF_A_DAY_BEFORE = {12: 100, 2: 50}


@dataclass(frozen=True, slots=True)
class Offer:
    """A service with everything sold with it, and its cancellation policy."""

    service: Service
    tariffs: dict[str, Tariff]
    extras: list[Extra]
    seats: list[Seat]
    policy: list[CancellationStep]


@dataclass(frozen=True, slots=True)
class Site:
    """The location with its company, its services and its calendar."""

    location: Location
    seller: Seller
    calendar: Calendar
    open_space: Offer
    quiet_zone: Offer
    rooms: Offer

    def open_day(self, day: date) -> date:
        """Return this day or, if closed, the next open one."""
        while self.calendar.hours_on(day) is None:
            day += DAY
        return day


def create_site(*, today: date) -> Site:
    """Save the location with everything it sells; `today` is its local day."""
    location = Location.objects.create(
        name=LOCATION_NAME,
        city="Нижний Новгород",
        address="ул. Родионова, 23а",
        directions="Вход со двора, второй этаж, от лифта направо",
        phone="+7 831 253-01-17",
        reply_email="desk@olvery.test",
        visits_from=today,
        time_zone=TIME_ZONE,
    )
    OpeningHours.objects.bulk_create([*_weekly_hours(location), *_exceptions(location, today)])
    return Site(
        location=location,
        seller=_seller(location),
        calendar=calendar_of(location),
        open_space=_open_space(location, today),
        quiet_zone=_quiet_zone(location),
        rooms=_rooms(location),
    )


def _seller(location: Location) -> Seller:
    """Save fictitious requisites: their check digits are right, the company and the bank are made up."""
    seller = Seller.objects.create(
        location=location,
        name="ООО «Технопарк „Сигнал“»",
        inn="5260998767",
        kpp="526001001",
        ogrn="1265200998765",
        address="603093, г. Нижний Новгород, ул. Родионова, д. 23а",
        bank_name="АО «Волжский учебный банк», г. Н. Новгород",
        bic="042202999",
        account="40702810600000012345",
        corr_account="30101810300000000999",
        director="Громов И. П.",
        accountant="Лаптева Е. В.",
    )
    for starts_on, vat in ((date(2019, 1, 1), Vat.TWENTY), (date(2026, 1, 1), Vat.TWENTY_TWO)):
        SellerTax.objects.create(seller=seller, starts_on=starts_on, vat=vat)
    return seller


def _weekly_hours(location: Location) -> list[OpeningHours]:
    hours: dict[int, tuple[time | None, time | None]] = dict.fromkeys(range(5), WEEKDAY_HOURS)
    hours[OpeningHours.Weekday.SATURDAY] = SATURDAY_HOURS
    hours[OpeningHours.Weekday.SUNDAY] = (None, None)
    return [
        OpeningHours(location=location, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
        for weekday, (opens_at, closes_at) in hours.items()
    ]


def _exceptions(location: Location, today: date) -> list[OpeningHours]:
    monday, (opens_at, closes_at) = today - DAY * today.weekday(), SHORT_DAY_HOURS
    return [
        OpeningHours(
            location=location,
            on=monday + DAY * SHORT_DAY,
            opens_at=opens_at,
            closes_at=closes_at,
            reason="Короткий день: проверка вентиляции",
        ),
        OpeningHours(location=location, on=monday + DAY * CLOSED_DAY, reason="Санитарный день"),
    ]


def _open_space(location: Location, today: date) -> Offer:
    service = Service.objects.create(
        location=location,
        name="Опенспейс",
        description="Общий зал на втором этаже: любое свободное место, розетки у каждого стола, кухня рядом.",
        kind=Service.Kind.POOL,
        capacity=20,
        position=1,
    )
    tariffs = [
        Tariff(name="Час", unit=Unit.HOUR, price=Decimal(250), min_units=1, max_units=12, step_minutes=30),
        Tariff(name="День", unit=Unit.DAY, price=Decimal(1200)),
        Tariff(name="Неделя", unit=Unit.WEEK, price=Decimal(5400), max_units=8),
        Tariff(name="Месяц", unit=Unit.MONTH, price=Decimal(16900), max_units=12),
    ]
    extras = [_monitor(), _locker(), Extra(name="Парковка", price=Decimal(300), icon="car")]
    offer = _offer(service, tariffs, extras, seats=[], policy=FREE_UNTIL_THE_DAY_BEFORE)
    next_month = (today.replace(day=1) + 32 * DAY).replace(day=1)
    TariffPrice.objects.create(tariff=offer.tariffs[Unit.HOUR], starts_on=next_month, price=Decimal(280))
    return offer


def _quiet_zone(location: Location) -> Offer:
    service = Service.objects.create(
        location=location,
        name="Тихая зона",
        description="Закреплённые столы на третьем этаже. Разговоры по телефону — в переговорных кабинах у входа.",
        kind=Service.Kind.SEATS,
        position=2,
    )
    tariffs = [
        Tariff(name="Час", unit=Unit.HOUR, price=Decimal(300), min_units=1, max_units=12, step_minutes=30),
        Tariff(name="День", unit=Unit.DAY, price=Decimal(1400)),
        Tariff(name="Неделя", unit=Unit.WEEK, price=Decimal(6300), max_units=8),
        Tariff(name="Месяц", unit=Unit.MONTH, price=Decimal(19800), max_units=12),
    ]
    seats = [
        Seat(label=f"T{SEATS_AT_A_TABLE * table + position}", table=table + 1, position=position)
        for table in range(TABLES)
        for position in range(1, SEATS_AT_A_TABLE + 1)
    ]
    return _offer(service, tariffs, [_monitor(), _locker()], seats, policy=FREE_UNTIL_THE_DAY_BEFORE)


def _rooms(location: Location) -> Offer:
    service = Service.objects.create(
        location=location,
        name="Переговорные",
        description="Три комнаты с доской и связью. Бронь — на комнату целиком, 15 минут после неё — на уборку.",
        kind=Service.Kind.SEATS,
        buffer_minutes=15,
        lead_minutes=0,
        payment_methods=[PaymentMethod.ON_SITE, PaymentMethod.INVOICE],
        position=3,
    )
    tariffs = [Tariff(name="Час", unit=Unit.HOUR, price=Decimal(900), min_units=1, max_units=8, step_minutes=30)]
    extras = [
        Extra(name="Флипчарт", price=Decimal(200), icon="presentation", stock=2 * len(ROOMS)),
        Extra(name="Кофе-пауза", price=Decimal(1500), icon="coffee"),
    ]
    seats = [Seat(label=label, note=note, table=table, position=1) for table, (label, note) in enumerate(ROOMS, 1)]
    return _offer(service, tariffs, extras, seats, policy=FREE_UNTIL_HALF_A_DAY_BEFORE)


def _monitor() -> Extra:
    return Extra(name="Монитор 27″", price=Decimal(150), icon="monitor")


def _locker() -> Extra:
    return Extra(name="Шкафчик", price=Decimal(100), icon="lock")


def _offer(
    service: Service, tariffs: list[Tariff], extras: list[Extra], seats: list[Seat], *, policy: dict[int, int]
) -> Offer:
    for position, tariff in enumerate(tariffs, start=1):
        tariff.service, tariff.position = service, position
    for position, extra in enumerate(extras, start=1):
        extra.service, extra.position = service, position
    for seat in seats:
        seat.service = service
    return Offer(
        service=service,
        tariffs={tariff.unit: tariff for tariff in Tariff.objects.bulk_create(tariffs)},
        extras=Extra.objects.bulk_create(extras),
        seats=Seat.objects.bulk_create(seats),
        policy=CancellationStep.objects.bulk_create(
            CancellationStep(service=service, hours_before=hours_before, percent=percent)
            for hours_before, percent in policy.items()
        ),
    )

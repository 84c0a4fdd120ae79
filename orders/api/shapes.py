"""What goes in and comes out, as the published description says.

Sums are roubles as text with two decimals. Moments carry an offset; days and times are those of the location.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from coworking.domain.rules import EARLIEST_YEAR, FARTHEST_YEAR
from coworking.models import PaymentMethod, TicketStatus, Unit
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.fields import LARGEST_KEY
from orders.models import EntryKind, LineKind, OrderStatus, PaymentStatus


def _written(pattern: str, otherwise: str, *, also: tuple[type, ...] = ()) -> BeforeValidator:
    """Refuse what pydantic would also accept: Unix times as days, `true` as 1, `1_0` as 10.

    Values of one of the types `also` are left to pydantic.
    """
    fits: Callable[[str], object] = re.compile(pattern, re.ASCII).fullmatch

    def check(value: object) -> object:
        if type(value) in also or (isinstance(value, str) and fits(value)):
            return value
        raise ValueError(otherwise)

    return BeforeValidator(check)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("PostgreSQL stores no NUL character")
    return text


def _of_location(clock: time) -> time:
    if clock.tzinfo:
        raise ValueError("the clock is the location's: without an offset")
    return clock


def _end_of_day(clock: object) -> object:
    return END_OF_DAY if clock in ("24:00", "24:00:00") else clock


def _of_our_time(moment: datetime) -> datetime:
    if not EARLIEST_YEAR <= moment.year <= FARTHEST_YEAR:
        raise ValueError(f"the year is not from {EARLIEST_YEAR} to {FARTHEST_YEAR}")
    return moment


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)]
# These come last: limits after them would be missing from the description.
WHOLE = _written(r"-?\d+", "a whole number is written in digits", also=(int, float))
AMOUNT = _written(r"-?\d+(\.\d+)?", "a sum is written as 1200.50", also=(int, float))
Id = Annotated[int, Field(ge=1, le=LARGEST_KEY), WHOLE]
Day = Annotated[date, _written(r"\d{4}-\d\d-\d\d", "a day is written as 2026-11-25")]
Clock = Annotated[
    time,
    AfterValidator(_of_location),
    _written(r"\d\d:\d\d.*", "a time of day is written as 10:30", also=(time,)),
]
EndClock = Annotated[Clock, BeforeValidator(_end_of_day)]
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_of_our_time),
    _written(r"\d{4}-\d\d-\d\d.*", "a moment is written as 2026-11-25T10:30:00+03:00"),
]
Sum = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str)]
Roubles = Annotated[Decimal, Field(max_digits=12, decimal_places=2, ge=0), AMOUNT]


class Sent(BaseModel, extra="forbid"):
    """A body. A field that is not described is refused: a misspelt one would be ignored silently."""


class Error(Schema):
    reason: str
    field: str
    booking: int = Field(description="The index of the booking, from 0.")
    detail: str


class Problem(Schema):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    errors: list[Error] = []


class PeriodOut(Schema):
    start: datetime
    end: datetime


class ExtraOut(Schema):
    id: int
    name: str
    price: Sum
    max_quantity: int


class TariffOut(Schema):
    id: int
    name: str
    unit: Unit
    price: Sum
    min_units: int
    max_units: int
    step_minutes: int


class ServiceOut(Schema):
    id: int
    name: str
    description: str
    kind: str
    payment_methods: list[str]
    tariffs: list[TariffOut]
    extras: list[ExtraOut]


class LocationOut(Schema):
    name: str
    time_zone: str
    services: list[ServiceOut]


class FreeHour(Schema):
    period: PeriodOut
    free: int


class FreeDay(Schema):
    day: date
    is_free: bool
    reason: str = Field(description="Why a booking cannot begin that day; empty for a day that is full.")


class ExtraIn(Sent):
    extra: Id
    quantity: Annotated[int, Field(ge=1, le=1000), WHOLE]


class BookingIn(Sent):
    """Places of one tariff for one time. Which of the times are needed follows from the unit of the tariff."""

    tariff: Id
    day: Day
    start: Clock | None = Field(None, description="For an hour tariff.")
    end: EndClock | None = Field(
        None, description="For an hour tariff: later than the start; 24:00 or 00:00 is the end of the same day."
    )
    last_day: Day | None = Field(None, description="For a day tariff; the same day if omitted.")
    units: Annotated[int, Field(ge=1, le=60), WHOLE] = 1
    places: Annotated[int, Field(ge=1, le=60), WHOLE] = 1
    visitors: list[Text] = Field(
        [], max_length=60, description="Keys of people, at most one per place; other places are the customer's."
    )
    seats: list[Id] = Field([], max_length=60)
    extras: list[ExtraIn] = Field([], max_length=30, description="Each extra once.")

    @field_validator("visitors")
    @classmethod
    def _no_more_than_places(cls, visitors: list[str], info: ValidationInfo) -> list[str]:
        if len(visitors) > info.data.get("places", len(visitors)):
            raise ValueError("there are more visitors than places")
        return visitors

    @field_validator("extras")
    @classmethod
    def _each_once(cls, extras: list[ExtraIn]) -> list[ExtraIn]:
        if len({one.extra for one in extras}) < len(extras):
            raise ValueError("an extra is there more than once")
        return extras


class QuoteIn(Sent):
    bookings: list[BookingIn] = Field(min_length=1, max_length=12)
    customer: Text = Field(description="The key of a person.")
    phone: Text | None = Field(None, max_length=40, description="For this order; otherwise that of the profile.")
    email: Text | None = Field(None, max_length=254, description="For this order; otherwise that of the profile.")
    payment_method: PaymentMethod | None = None
    promo_code: Text = Field("", max_length=40, description="In any notation; an invalid one is refused.")
    comment: Text = Field("", max_length=1000)
    internal_note: Text = Field("", max_length=1000)
    override_reason: Text = Field("", max_length=250, description="The reason for overriding a rule.")


class OrderIn(QuoteIn):
    total: Roubles = Field(description="The quoted price. Any other is refused, and nothing is saved.")


class LineOut(Schema):
    kind: LineKind
    title: str
    quantity: Decimal
    unit_price: Sum
    amount: Sum


class MethodOut(Schema):
    method: PaymentMethod
    reason: str = Field(description="Why it cannot be chosen; empty if it can.")


class QuotedBooking(Schema):
    booking: int
    period: PeriodOut | None
    free: int
    alternatives: list[PeriodOut]


class QuoteOut(Schema):
    """The order as it would be placed. With `errors` it would be refused."""

    total: Sum | None
    lines: list[LineOut]
    pay_by: datetime | None
    payment_methods: list[MethodOut]
    bookings: list[QuotedBooking]
    errors: list[Error]


class TicketOut(Schema):
    number: int
    order: int
    service: str
    tariff: str
    seat: str
    visitor: str
    period: PeriodOut
    status: TicketStatus


class OrderRow(Schema):
    number: int
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod = Field(description="How the order is to be paid, further payments included.")
    paid_by: list[PaymentMethod] = Field(
        description="The methods of its payments, the earliest first, refunded ones included; empty without payments."
    )
    customer: str
    service: str
    period: PeriodOut
    ticket_count: int
    total: Sum
    paid: Sum
    due: Sum
    created_at: datetime


class OrderOut(OrderRow):
    phone: str
    email: str
    comment: str
    promo_code: str
    pay_by: datetime | None
    payment_link: str
    lines: list[LineOut]
    tickets: list[TicketOut]


class OrderPage(Schema):
    items: list[OrderRow]
    next: str = Field(description="The cursor of the following page; empty on the last one.")


class TicketPage(Schema):
    items: list[TicketOut]
    next: str = Field(description="The cursor of the following page; empty on the last one.")


class Paging(Schema):
    """The page of a list."""

    cursor: Text = Field("", max_length=60)
    limit: Annotated[int, Field(ge=1, le=100), WHOLE] = 30


class OrderQuery(Paging):
    status: list[OrderStatus] = Field([], max_length=10)


class TicketQuery(Paging):
    day: Day | None = Field(None, description="Tickets valid for a part of this day.")
    status: list[TicketStatus] = Field([], max_length=10)


class CancelIn(Sent):
    reason: Text = Field(min_length=1, max_length=250)
    returned: Roubles | None = Field(None, description="The sum to return, if other than by the policy.")


class PaymentIn(Sent):
    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2), AMOUNT]
    method: PaymentMethod
    moved_at: Moment | None = Field(None, description="When the money moved; now if omitted.")
    document: Text = Field("", max_length=60)
    owed_until: Moment | None = Field(None, description="Confirms an order by a part; the rest is owed until then.")


class PaymentOut(Schema):
    id: int
    kind: EntryKind
    method: PaymentMethod
    amount: Sum
    at: datetime
    document: str


class PersonIn(Sent):
    last_name: Text = Field(min_length=1, max_length=100)
    first_name: Text = Field(min_length=1, max_length=100)
    middle_name: Text = Field("", max_length=100)
    phone: Text = Field(max_length=40)
    email: Text = Field("", max_length=254)


class PersonOut(Schema):
    """Just enough to tell people apart; the key is valid for four hours, for the token's holder."""

    key: str
    name: str
    company: str
    phone_ends_with: str


class ToldOrder(Schema):
    event: int = Field(description="Grows with time: later events of an order have larger numbers.")
    order: int
    status: OrderStatus
    payment_status: PaymentStatus


class Told(Schema):
    """The body of a webhook. Receivers with more rights request the order."""

    type: str
    timestamp: datetime = Field(description="When it happened.")
    data: ToldOrder

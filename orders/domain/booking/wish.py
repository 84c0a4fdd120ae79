"""What somebody asks for, and who asks. Ids come from a form: nothing is known to exist yet."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location
from orders.domain.booking.pricing import Discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A series: these weekdays (0 is Monday), up to and including `until`, a local date.

    With `only_free` days that are not available are left out; without it they are refused.
    """

    weekdays: frozenset[int]
    until: date | None
    only_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingWish:
    """Places of one service for one time, or for a series of days.

    `tariff_id` and `when` are None until they are chosen. A visitor of None is the customer.
    """

    tariff_id: int | None
    when: When | None
    visitor_ids: tuple[int | None, ...]
    # The text typed beside a chosen visitor, by place; if it is not their name, another person was meant.
    visitor_names: tuple[str, ...] = ()
    seat_ids: tuple[int, ...] = ()
    # A block that may be booked over by somebody who may override rules, with a reason.
    over_block_id: int | None = None
    extras: Mapping[int, int] = field(default_factory=dict)
    repeat: Repeat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order as somebody asks for it."""

    token: uuid.UUID
    customer_id: int | None
    customer_name: str = ""
    # The company that the customer orders for; None is for themselves.
    company_id: int | None = None
    phone: str
    email: str
    bookings: tuple[BookingWish, ...]
    discount: Discount | None = None
    discount_reason: str = ""
    promo_code: str = ""
    # The number of the pass that pays for it.
    pass_id: int | None = None
    payment_method: str = ""
    comment: str = ""
    internal_note: str = ""
    override_reason: str = ""
    shown_total: Decimal | None = None
    # The days of its series that were left out because they were not available.
    shown_left_out: tuple[date, ...] | None = None
    # What would be left of the pass.
    shown_left: int | None = None
    # Editions of documents that the customer accepts by ordering.
    terms: tuple[int, ...] = ()

    @property
    def people_ids(self) -> set[int]:
        visitors = {pk for part in self.bookings for pk in part.visitor_ids if pk}
        return visitors | {self.customer_id} if self.customer_id else visitors

    @classmethod
    def with_own_contacts(
        cls, customer: User, *bookings: BookingWish, payment_method: str, token: uuid.UUID | None = None
    ) -> "Wish":
        """Return a wish whose phone and e-mail are those of the customer's profile."""
        return cls(
            token=token or uuid.uuid4(),
            customer_id=customer.pk,
            phone=str(customer.phone or ""),
            email=customer.email or "",
            bookings=bookings,
            payment_method=payment_method,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Booker:
    """Who asks, and what they may: override rules with a reason, give a discount, wait for the money.

    One who `is_customer` moves a ticket only until so many hours before its start as the service sets, cancels one only
    until it begins, and gets the service's time to pay for self-made orders. One who is `on_account` may pay by invoice
    only for a company within its limit. `discount_limit` is in per cent of the price. `longest_wait` is how long an
    unpaid order may wait; None leaves it to the services.
    """

    user: User
    location: Location
    may_override: bool
    discount_limit: int
    longest_wait: timedelta | None = None
    is_customer: bool = False
    on_account: bool = False

    @classmethod
    def manager(cls, user: User, location: Location) -> "Booker":
        """Return a rental manager of the location."""
        return cls(user=user, location=location, may_override=True, discount_limit=location.discount_limit)

    @classmethod
    def customer(cls, user: User, location: Location) -> "Booker":
        """Return a customer who books for themselves: no override, no discount, the time to pay of self-made orders."""
        return cls(
            user=user,
            location=location,
            may_override=False,
            discount_limit=0,
            is_customer=True,
        )

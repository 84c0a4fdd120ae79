"""Converts what a program sends into a wish of the domain, and an offer into the answer."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja.errors import ValidationError as Malformed

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import Tariff
from olvery.shared.forms import PhoneField
from olvery.shared.paging import M, Page, Sort, is_cursor, keyset_page
from olvery.shared.refusals import Refused
from orders.api.problems import UNKNOWN, as_error
from orders.api.shapes import BookingIn, LineOut, MethodOut, Paging, PeriodOut, QuotedBooking, QuoteIn, QuoteOut
from orders.domain.booking.offer import Offer, UnknownChoice
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.forms_people import read_key
from orders.models import ApiToken
from orders.wording_refusals import reason_text

NOBODY = 0  # an invalid key chooses a person that does not exist


@dataclass(frozen=True, slots=True)
class Asked:
    """A program's wish, its booker, and the tariffs on sale."""

    wish: Wish
    booker: Booker
    tariffs: Sequence[Tariff]

    @property
    def by_key(self) -> dict[int, Tariff]:
        """The tariffs by their keys."""
        return {tariff.pk: tariff for tariff in self.tariffs}


def asked_by(
    token: ApiToken, sent: QuoteIn, *, form_token: uuid.UUID, at: datetime, total: Decimal | None = None
) -> Asked:
    """Return the wish for a request body. Two queries. Raises Refused, Malformed."""
    customer = User.objects.filter(pk=read_key(sent.customer, viewer=token.holder)).first()
    if customer is None:
        raise Refused([UnknownChoice("person_not_chosen", field="customer")])
    phone = str(customer.phone or "") if sent.phone is None else sent.phone
    email = (customer.email or "") if sent.email is None else sent.email
    wish = Wish(
        token=form_token,
        customer_id=customer.pk,
        phone=str(clean("phone", PhoneField(), phone)),
        email=str(clean("email", forms.EmailField(required=False), email)).lower(),
        bookings=tuple(_booking(token, one) for one in sent.bookings),
        promo_code=sent.promo_code,
        payment_method=sent.payment_method or "",
        comment=sent.comment,
        internal_note=sent.internal_note,
        override_reason=sent.override_reason,
        shown_total=total,
    )
    booker = Booker.manager(token.holder, token.location)
    return Asked(wish, booker, tariffs_on_sale(token.location, at=at))


def clean(name: str, field: forms.Field, text: str) -> Any:
    """Return a text cleaned by a form field. Raises Malformed with the field's own message."""
    try:
        return field.clean(text)
    except ValidationError as error:
        raise Malformed([{"type": "unreadable", "loc": ("body", name), "msg": " ".join(error.messages)}]) from error


def refuse_unknown(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse undocumented query parameters, as `Sent` refuses undocumented fields of a body. Raises Malformed.

    A list with a misspelt filter would return everything.
    """

    @wraps(operation)
    def wrapper(request: HttpRequest, **values: Any) -> Any:
        named = values if request.method == "GET" else {}
        known = {name for key, value in named.items() for name in getattr(type(value), "model_fields", [key])}
        if unknown := sorted(request.GET.keys() - known):
            raise Malformed([{"type": UNKNOWN, "loc": ("query", name), "msg": ""} for name in unknown])
        return operation(request, **values)

    return wrapper


def page_of(rows: "QuerySet[M]", asked: Paging, *, sort: Sort) -> "Page[M]":
    """Return the requested page of a list. Raises Malformed for an invalid cursor."""
    if asked.cursor and not is_cursor(asked.cursor, sort):
        raise Malformed([{"type": "unreadable", "loc": ("query", "cursor"), "msg": "not a cursor that a page gave"}])
    return keyset_page(rows, sort=sort, older_than=asked.cursor, size=asked.limit)


def _booking(token: ApiToken, sent: BookingIn) -> BookingWish:
    known = [read_key(key, viewer=token.holder) or NOBODY for key in sent.visitors]
    visitors = [*known, *[None] * (sent.places - len(known))]
    when = When(day=sent.day, start=sent.start, end=sent.end, last_day=sent.last_day, units=sent.units)
    return BookingWish(
        tariff_id=sent.tariff,
        when=when,
        visitor_ids=tuple(visitors),
        seat_ids=tuple(sent.seats),
        extras={one.extra: one.quantity for one in sent.extras},
    )


def quote_of(offer: Offer) -> QuoteOut:
    """Return an offer as the API describes it."""
    return QuoteOut(
        total=offer.price.total if offer.price else None,
        lines=[LineOut.from_orm(line) for line in offer.price.lines] if offer.price else [],
        pay_by=offer.deadline,
        payment_methods=[
            MethodOut(method=one.method, reason=reason_text(one.reason) if one.reason else "") for one in offer.methods
        ],
        bookings=[
            QuotedBooking(
                booking=part.number,
                period=PeriodOut.from_orm(part.period) if part.period else None,
                free=part.free,
                alternatives=[PeriodOut.from_orm(other.period) for other in part.alternatives],
            )
            for part in offer.parts
        ],
        errors=[as_error(refusal) for refusal in offer.refusals],  # type: ignore[misc]
    )

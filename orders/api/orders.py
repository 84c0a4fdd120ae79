"""Orders: quoting, placing, reading and cancelling them; money that was taken on site or by invoice."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Header, Query, Router, Status

from accounts.domain import access_log
from accounts.models import Screen
from olvery.shared.refusals import Refused
from orders.api.access import Bearer, token_of
from orders.api.asking import asked_by, page_of, quote_of
from orders.api.problems import REFUSALS
from orders.api.shapes import (
    CancelIn,
    Id,
    LineOut,
    OrderIn,
    OrderOut,
    OrderPage,
    OrderQuery,
    OrderRow,
    PaymentIn,
    PaymentOut,
    PeriodOut,
    QuoteIn,
    QuoteOut,
)
from orders.api.tickets import of_location, ticket_out
from orders.domain.booking.offer import offer_for
from orders.domain.booking.placing import place_order, placed_before
from orders.domain.desk.cancelling import cancel_unattended
from orders.domain.desk.cash import TAKEN_BY_HAND, PaymentRefused, Rest, take_payment
from orders.domain.money.balance import balance_of
from orders.domain.online.links import can_be_paid, url_of
from orders.domain.programs.repeats import form_token_of
from orders.domain.queries.lists import ORDER_SORTS
from orders.gateways import connected_gateway
from orders.models import ApiToken, Order, OrderStatus, Scope

router = Router(tags=["Orders"])
READ, WRITE = Bearer(Scope.ORDERS_READ), Bearer(Scope.ORDERS_WRITE)
BY_NUMBER = ORDER_SORTS[0]
Key = Header(
    alias="Idempotency-Key",
    min_length=8,
    max_length=200,
    pattern=r"^[\x21-\x7e]+$",
    description="A new one for each request, the same for its retries; for example a UUID.",
)


@router.post(
    "/quotes", auth=WRITE, response={200: QuoteOut, **REFUSALS}, summary="Calculate an order; nothing is saved"
)
def quote(request: HttpRequest, sent: QuoteIn) -> QuoteOut:
    at = timezone.now()
    asked = asked_by(token_of(request), sent, form_token=uuid.uuid4(), at=at)
    return quote_of(offer_for(asked.wish, asked.booker, at, tariffs=asked.by_key))


@router.post(
    "/orders",
    auth=WRITE,
    response={201: OrderOut, **REFUSALS},
    summary="Place an order, as a manager does",
)
def place(request: HttpRequest, sent: OrderIn, key: str = Key) -> Status:
    token, at = token_of(request), timezone.now()
    form_token = form_token_of(token, key, request=request.path.encode() + request.body, at=at)
    try:
        asked = asked_by(token, sent, form_token=form_token, at=at, total=sent.total)
        order = place_order(asked.wish, booker=asked.booker, at=at, tariffs=asked.tariffs)
    except Refused:
        # The key of a person is over long before that of the request.
        known = placed_before(form_token, by=token.holder)
        if known is None:
            raise
        order = known
    return Status(201, _shown(token, order.number))


@router.get("/orders", auth=READ, response={200: OrderPage, **REFUSALS}, summary="Orders, the newest first")
def orders(request: HttpRequest, asked: Query[OrderQuery]) -> OrderPage:
    found = Order.objects.at_locations({token_of(request).location.pk})
    if asked.status:
        found = found.filter(status__in=asked.status)
    page = page_of(found, asked, sort=BY_NUMBER)
    return OrderPage(items=[OrderRow(**_row(order)) for order in page.rows], next=page.older)


@router.get("/orders/{number}", auth=READ, response={200: OrderOut, **REFUSALS}, summary="One order, with its contacts")
def order(request: HttpRequest, number: Id) -> OrderOut:
    return _shown(token_of(request), number)


@router.post(
    "/orders/{number}/cancel",
    auth=WRITE,
    response={200: OrderOut, **REFUSALS},
    summary="Cancel an order; money is returned by the policy, or the given sum; a person approves large sums",
)
def cancel(request: HttpRequest, number: Id, sent: CancelIn) -> OrderOut:
    token = token_of(request)
    known(token, number)
    shop, at = connected_gateway(), timezone.now()
    cancel_unattended(number, by=token.holder, reason=sent.reason, at=at, gateway=shop, returned=sent.returned)
    return _shown(token, number)


@router.get(
    "/orders/{number}/payments",
    auth=READ,
    tags=["Payments"],
    response={200: list[PaymentOut], **REFUSALS},
    summary="Payments and refunds, the oldest first",
)
def payments(request: HttpRequest, number: Id) -> list[PaymentOut]:
    order = known(token_of(request), number)
    return [PaymentOut.from_orm(entry) for entry in order.entries.order_by("at", "pk")]


@router.post(
    "/orders/{number}/payments",
    auth=Bearer(Scope.PAYMENTS),
    tags=["Payments"],
    response={201: PaymentOut, **REFUSALS},
    summary="Record a payment on site or by invoice",
)
def take(request: HttpRequest, number: Id, sent: PaymentIn, key: str = Key) -> Status:
    token, at = token_of(request), timezone.now()
    known(token, number)
    if sent.method not in TAKEN_BY_HAND:
        raise PaymentRefused("method_not_offered", field="method")
    entry = take_payment(
        number,
        sent.amount,
        method=sent.method,
        moved_at=sent.moved_at or at,
        document=sent.document,
        token=form_token_of(token, key, request=request.path.encode() + request.body, at=at),
        by=token.holder,
        at=at,
        rest=Rest(owed_until=sent.owed_until) if sent.owed_until else None,
    )
    return Status(201, PaymentOut.from_orm(entry))


def known(token: ApiToken, number: int) -> Order:
    """Return an order of the token's location. Raises Http404."""
    orders = Order.objects.at_locations({token.location.pk}).select_related("link", "promo_code")
    return get_object_or_404(orders, pk=number)


def _shown(token: ApiToken, number: int) -> OrderOut:
    """Return an order with its contacts, and log the access. Raises Http404."""
    at, order = timezone.now(), known(token, number)
    tickets = list(of_location(token).filter(pk__in=order.lines.values("ticket")).order_by("pk"))
    access_log.record(
        [order.customer_id, *(ticket.visitor_id for ticket in tickets)],
        by=token.holder,
        location_id=token.location.pk,
        screen=Screen.API,
        number=order.number,
        at=at,
    )
    link = getattr(order, "link", None)
    return OrderOut(
        **_row(order),
        phone=str(order.phone),
        email=order.email,
        comment=order.comment,
        promo_code=order.promo_code.code if order.promo_code else "",
        pay_by=order.deadline_at if order.status == OrderStatus.AWAITING_PAYMENT else None,
        payment_link=url_of(link) if link and can_be_paid(order, balance_of(order), at=at) else "",
        lines=[LineOut.from_orm(line) for line in order.lines.all()],
        tickets=[ticket_out(ticket) for ticket in tickets],
    )


def _row(order: Order) -> dict[str, Any]:
    told = {"customer": order.customer_name, "service": order.service_name, "period": PeriodOut.from_orm(order.period)}
    return told | {name: getattr(order, name) for name in OrderRow.model_fields if name not in told}

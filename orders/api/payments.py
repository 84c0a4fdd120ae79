"""Money that was taken on site or by invoice."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from orders.api.access import Bearer, token_of
from orders.api.orders import Key, known
from orders.api.problems import REFUSALS
from orders.api.shapes import Id, PaymentIn, PaymentOut
from orders.domain.desk.cash import TAKEN_BY_HAND, PaymentRefused, Rest, take_payment
from orders.domain.programs.repeats import form_token_of
from orders.models import Scope

router = Router(tags=["Payments"])


@router.get(
    "/orders/{number}/payments",
    auth=Bearer(Scope.ORDERS_READ),
    response={200: list[PaymentOut], **REFUSALS},
    summary="Payments and refunds, the oldest first",
)
def payments(request: HttpRequest, number: Id) -> list[PaymentOut]:
    order = known(token_of(request), number)
    return [PaymentOut.from_orm(entry) for entry in order.entries.order_by("at", "pk")]


@router.post(
    "/orders/{number}/payments",
    auth=Bearer(Scope.PAYMENTS),
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

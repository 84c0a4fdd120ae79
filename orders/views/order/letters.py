"""The letters that the dialogs of an order would send, given the present state of the form."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coworking.access import StaffRequest, any_staff
from orders.documents.issued import contents_of, purpose_of
from orders.domain.booking.deadlines import reactivation_of
from orders.domain.booking.passes import given_back_by_cancelling
from orders.domain.desk.cancelling import Terms, settlement_by, terms_of
from orders.domain.desk.invoicing import InvoiceRefused, draft_of, same_as
from orders.domain.money.balance import balance_of
from orders.domain.online.refunds import RefundRefused
from orders.forms_money import ONLINE, OWE, CancelForm, InvoiceForm, MoneyForm, RefundForm, TakePaymentForm
from orders.letters.compose import link_of, preview
from orders.letters.mail import Text
from orders.models import (
    Act,
    ApprovalKind,
    MessageKind,
    MoneyApproval,
    Order,
    OrderEvent,
    OrderStatus,
    Refund,
)
from orders.views.order.order_page import managed_order
from orders.wording import refund_reason

NUMBER_TO_COME = "…"


@require_POST
@any_staff
def of_cancelling(request: StaffRequest, number: int) -> HttpResponse:
    """Show the letter of a cancellation."""
    order, now = managed_order(request, number), timezone.now()
    terms = terms_of(order, at=now)
    form = CancelForm(request.POST, paid=terms.balance.at_hand)
    return _show(request, cancellation_letter(order, form, terms, at=now))


@require_POST
@any_staff
def letter(request: StaffRequest, number: int, of: str) -> HttpResponse:
    """Show the letter that the typed values of a money dialog would send."""
    order, now = managed_order(request, number), timezone.now()
    form_of, letter_of = LETTERS[of]
    return _show(request, letter_of(order, form_of(request.POST, today=order.location.day_at(now)), at=now))


def cancellation_letter(order: Order, form: CancelForm, terms: Terms, *, at: datetime) -> dict[str, Any]:
    """Return the letter of a cancellation for the dialog, and the URL that refreshes it."""
    values = _values(form)
    try:
        settlement = settlement_by(terms, values.get("amount"))
    except RefundRefused:
        settlement = None
    if settlement is None or "amount" in form.errors:
        return _letter(order, "cancel-letter", None)
    cancelled = OrderEvent(reason=values.get("reason") or "")
    about = {"cancelled": cancelled, "settlement": settlement, "balance": terms.balance}
    about["given_back"] = given_back_by_cancelling(order, at=at)
    return _letter(order, "cancel-letter", preview(order, MessageKind.CANCELLED, about=about, at=at))


def refund_letter(order: Order, form: RefundForm, *, at: datetime) -> dict[str, Any]:
    """Return the letter of a refund for the dialog; for an online refund it is sent once the money is returned."""
    values, balance = _values(form), balance_of(order)
    amount, online = values.get("amount"), values.get("source") == ONLINE
    if not amount or amount > (balance.online if online else balance.at_desk):
        return _letter(order, "refund-letter", None)
    refund = {"amount": amount, "reason": values.get("reason") or "", "online": online}
    about = {"refund": refund, "balance": balance}
    return _letter(order, "refund-letter", preview(order, MessageKind.REFUNDED, about=about, at=at))


def payment_letter(order: Order, form: TakePaymentForm, *, at: datetime) -> dict[str, Any]:
    """Return the letter about a payment for the dialog; a part payment that confirms nothing sends none."""
    values, balance = _values(form), balance_of(order)
    amount = values.get("amount")
    if not amount or amount > balance.due:
        return _letter(order, "payment-letter", None)
    confirms = order.status == OrderStatus.AWAITING_PAYMENT and values.get("rest") == OWE
    if amount < balance.due and not confirms:
        return _letter(order, "payment-letter", None)
    order = copy(order)
    order.status = OrderStatus.CONFIRMED  # as it will be
    about = {"paid": balance.paid + amount, "left": balance.due - amount}
    return _letter(order, "payment-letter", preview(order, MessageKind.PAID, about=about, at=at))


def invoice_letter(order: Order, form: InvoiceForm, *, at: datetime) -> dict[str, Any]:
    """Return the letter of an invoice for the dialog; its number is known only when it is issued."""
    values = dict.fromkeys(("name", "inn", "kpp", "address"), "") | _values(form)
    shown = _letter(order, "invoice-letter", None) | {"letter_hint": _("The letter appears together with the date.")}
    if not values.get("pay_by"):
        return shown
    try:
        draft = draft_of(order, **values, write=contents_of, at=at)
    except InvoiceRefused:
        return shown
    if same_as(draft):
        return shown | {"letter_hint": _("This invoice was sent already: no other letter goes out.")}
    draft.number = NUMBER_TO_COME
    about = {"invoice": draft, "purpose": purpose_of(draft)}
    return shown | {"letter": preview(order, MessageKind.INVOICE, about=about, at=at)}


LETTERS: dict[str, tuple[Callable[..., MoneyForm], Callable[..., dict[str, Any]]]] = {
    "refund": (RefundForm, refund_letter),
    "payment": (TakePaymentForm, payment_letter),
    "invoice": (InvoiceForm, invoice_letter),
}


def act_letter(order: Order, *, at: datetime) -> dict[str, Any]:
    """Return the letter of an act for the dialog; its number is known only when it is issued."""
    act = Act(order=order, number=NUMBER_TO_COME, amount=balance_of(order).cost)
    return {"letter": preview(order, MessageKind.ACT, about={"act": act}, at=at)} if order.email else {}


def reactivation_letter(order: Order, *, at: datetime) -> dict[str, Any]:
    """Return the letter of an order whose places are restored: the payment link, or that it is paid."""
    if not order.email:
        return {}
    becomes, order = reactivation_of(order, at=at), copy(order)
    order.status, order.deadline_at = becomes.status, becomes.deadline_at  # as they will be
    balance = replace(balance_of(order), status=order.status)
    if order.status == OrderStatus.CONFIRMED:
        about: dict[str, Any] = {"balance": balance, "paid": balance.paid, "left": balance.due}
        return {"letter": preview(order, MessageKind.PAID, about=about, at=at)}
    about = {"balance": balance, "link_url": link_of(order, balance, at=at)}
    return {"letter": preview(order, MessageKind.LINK, about=about, at=at)}


def repeated_refund_letter(refund: Refund, *, at: datetime) -> dict[str, Any]:
    """Return the letter of a repeated refund; it is sent once the provider has returned the money."""
    about = {"refund": {"amount": refund.amount, "reason": refund_reason(refund), "online": True}}
    return _letter_of_refund(refund.attempt.order, about, at=at)


def approved_letter(approval: MoneyApproval, *, at: datetime) -> dict[str, Any]:
    """Return the letter of an approved request; a correction has none."""
    if approval.kind != ApprovalKind.REFUND:
        return {}
    about = {"refund": {"amount": approval.amount, "reason": approval.reason, "online": False}}
    return _letter_of_refund(approval.order, about, at=at)


def _letter_of_refund(order: Order, about: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    return {"letter": preview(order, MessageKind.REFUNDED, about=about, at=at)} if order.email else {}


def _values(form: MoneyForm) -> dict[str, Any]:
    """Return the valid values of an unfinished form, or its initial values."""
    if not form.is_bound:
        return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    form.is_valid()
    return form.cleaned_data


def _letter(order: Order, name: str, letter: Text | None) -> dict[str, Any]:
    """Return the letter as the dialog shows it; without an e-mail nothing is sent."""
    if not order.email:
        return {}
    return {"letter": letter, "letter_url": reverse(f"orders:{name}", args=[order.number])}


def _show(request: StaffRequest, letter: dict[str, Any]) -> HttpResponse:
    return render(request, "orders/order/letter.html", letter)

"""An order's money at the desk: taking payments, correcting entries, giving refunds, cancelling."""

import logging
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.confirming import confirm_refund
from coworking.access import StaffRequest, any_staff
from coworking.models import PaymentMethod
from olvery.shared.formats import format_money
from olvery.shared.htmx import dialog
from olvery.shared.periods import DAY, at_local
from olvery.shared.refusals import refusals_to
from orders.domain.booking.passes import given_back_by_cancelling
from orders.domain.desk import cancelling, cash, refunding
from orders.domain.money.balance import balance_of
from orders.domain.money.excess import owed_back
from orders.domain.queries.order_money import OrderMoney, Row, money_of, moved_at
from orders.forms_fields import LONGEST_REASON
from orders.forms_money import DESK, ONLINE, OWE, CancelForm, CorrectionForm, RefundForm, TakePaymentForm
from orders.gateways import connected_gateway
from orders.models import ApprovalState, LedgerEntry, MoneyApproval, Order, OrderStatus
from orders.views.order.letters import cancellation_letter, payment_letter, refund_letter
from orders.views.order.order_page import (
    back_to,
    is_sent,
    managed_order,
    may_become,
    show_dialog,
    typed,
)

log = logging.getLogger(__name__)


@dialog
@any_staff
def take_payment(request: StaffRequest, number: int) -> HttpResponse:
    """Record money that came in at the desk, or on the company's account."""
    order, now = managed_order(request, number), timezone.now()
    money = money_of(order, at=now)
    if request.method == "GET" and not money.takes_money:
        return back_to(request, order)
    initial = {"amount": money.balance.due, "method": _usual_method(order)}
    form = TakePaymentForm(typed(request), today=order.location.day_at(now), initial=initial)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            amount, rest = form.cleaned_data["amount"], _rest(form, order)
            entry = cash.take_payment(number, amount, **_moved(form, order, now), by=request.user, at=now, rest=rest)
            messages.success(request, _taken(entry.amount, left=balance_of(order).due))
            return back_to(request, order)
    waits = order.status == OrderStatus.AWAITING_PAYMENT
    asks = waits and form.is_part_of(money.balance.due)
    letter = payment_letter(order, form, at=now)
    return show_dialog(request, "take_payment", order, form, money=money, asks_about_rest=asks, **letter)


@dialog
@any_staff
def correct_entry(request: StaffRequest, number: int, entry: int) -> HttpResponse:
    """Correct an entry that was recorded by hand."""
    order, now = managed_order(request, number), timezone.now()
    row = _row(money_of(order, at=now), entry)
    if request.method == "GET" and not row.may_correct:
        return back_to(request, order)
    form = CorrectionForm(typed(request), initial={"amount": abs(row.stands)})
    if is_sent(request) and form.is_valid():
        right, reason, token = (form.cleaned_data[name] for name in ("amount", "reason", "token"))
        with refusals_to(form.take):
            done = cash.correct_entry(entry, right, reason=reason, token=token, by=request.user, at=now)
            told = _("The entry is corrected: %(sum)s.") % {"sum": format_money(right)}
            messages.success(request, _asked(done) or told)
            return back_to(request, order)
    return show_dialog(request, "correct_entry", order, form, row=row)


@dialog
@any_staff
def refund(request: StaffRequest, number: int) -> HttpResponse:
    """Refund money: through the provider, or record that it was given back by hand."""
    order, now = managed_order(request, number), timezone.now()
    money, terms = money_of(order, at=now), cancelling.terms_of(order, at=now)
    if request.method == "GET" and not money.balance.can_return:
        return back_to(request, order)
    balance, wanted = terms.balance, terms.balance.excess or terms.by_policy
    suggested = {ONLINE: min(wanted, balance.online), DESK: min(wanted, balance.at_desk)}
    source = ONLINE if balance.online else DESK
    initial = {"source": source, "amount": suggested[source] or None, "method": _usual_method(order)}
    form = RefundForm(typed(request), today=order.location.day_at(now), initial=initial)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            done = _give_back(request, order, form, at=now)
            told = _given_back(form.cleaned_data["source"], form.cleaned_data["amount"])
            messages.success(request, _asked(done) or told)
            return back_to(request, order)
    if is_sent(request):
        log.warning("a refund of order %s is refused: %s", number, _why(form))
    sums = {name: form.fields["amount"].prepare_value(amount or None) or "" for name, amount in suggested.items()}
    letter = refund_letter(order, form, at=now)
    again = owed_back(order, balance) - balance.excess
    return show_dialog(request, "refund", order, form, money=money, terms=terms, sums=sums, again=again, **letter)


@dialog
@any_staff
def order_cancel(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for the reason and the refund, then cancel the order and free its places."""
    order, now = managed_order(request, number), timezone.now()
    if not may_become(order, OrderStatus.CANCELLED) and request.method == "GET":
        return back_to(request, order)
    terms = cancelling.terms_of(order, at=now)
    initial = {"amount": terms.by_policy, "reason": request.GET.get("reason", "")[:LONGEST_REASON]}
    form = CancelForm(typed(request), paid=terms.balance.at_hand, initial=initial)
    if is_sent(request) and form.is_valid():
        returned = form.cleaned_data.get("amount")
        confirm_refund(request, returned)
        with refusals_to(form.take):
            cancelling.cancel_order(
                number,
                by=request.user,
                reason=form.cleaned_data["reason"],
                at=now,
                gateway=connected_gateway(),
                returned=returned,
                at_hand=form.cleaned_data["at_hand"],
            )
            messages.success(request, _cancelled(returned))
            return back_to(request, order)
    facts = {"terms": terms, "is_before": order.period.start > now}
    facts["given_back"] = given_back_by_cancelling(order, at=now)
    return show_dialog(request, "cancel", order, form, **facts, **cancellation_letter(order, form, terms, at=now))


def _rest(form: TakePaymentForm, order: Order) -> cash.Rest | None:
    """Return what happens to a waiting order if the sum is a part; a debt is due by the end of its day."""
    chosen, day = form.cleaned_data["rest"], form.cleaned_data["owed_until"]
    if not chosen:
        return None
    return cash.Rest(at_local(day + DAY, time.min, order.location.zone) if chosen == OWE else None)


def _taken(amount: Decimal, *, left: Decimal) -> str:
    if left > 0:
        sums = {"sum": format_money(amount), "left": format_money(left)}
        return _("%(sum)s taken, %(left)s is left to pay.") % sums
    return _("%(sum)s taken, the order is paid.") % {"sum": format_money(amount)}


def _given_back(source: str, amount: Decimal) -> str:
    text = _("%(sum)s goes back through YooKassa.") if source == ONLINE else _("Written down: %(sum)s given back.")
    return text % {"sum": format_money(amount)}


def _asked(done: LedgerEntry | MoneyApproval | Order) -> str:
    """Tell that a second person is asked; nothing if it is already done."""
    if not isinstance(done, MoneyApproval) or done.state != ApprovalState.PENDING:
        return ""
    return _(
        "A second person is asked: until it is approved under “Money desk”, nothing is written down or given back."
    )


def _give_back(
    request: StaffRequest, order: Order, form: RefundForm, *, at: datetime
) -> LedgerEntry | MoneyApproval | Order:
    values = form.cleaned_data
    amount, reason = values["amount"], values["reason"]
    confirm_refund(request, amount)
    if values["source"] == ONLINE:
        return refunding.refund_online(
            order.number,
            amount,
            reason=reason,
            by=request.user,
            gateway=connected_gateway(),
            at=at,
            token=values["token"],
            at_hand=values["at_hand"],
        )
    moved = _moved(form, order, at)
    return refunding.refund_at_desk(order.number, amount, **moved, reason=reason, by=request.user, at=at)


def _why(form: RefundForm) -> str:
    """Return the errors of a form, for the log."""
    return "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())


def _usual_method(order: Order) -> PaymentMethod:
    by_transfer = order.payment_method == PaymentMethod.INVOICE
    return PaymentMethod.INVOICE if by_transfer else PaymentMethod.ON_SITE


def _moved(form: TakePaymentForm | RefundForm, order: Order, at: datetime) -> dict[str, Any]:
    """Return how, when and by which document money moved, what was held before, and the form's token."""
    values = form.cleaned_data
    return {
        "method": PaymentMethod(values["method"]),
        "moved_at": moved_at(values["moved_on"], order.location.zone, at=at),
        "document": values["document"],
        "token": values["token"],
        "at_hand": values["at_hand"],
    }


def _row(money: OrderMoney, entry: int) -> Row:
    row = next((row for row in money.rows if row.entry.pk == entry), None)
    if row is None:
        raise Http404
    return row


def _cancelled(returned: Decimal | None) -> str:
    if not returned:
        return _("The order is cancelled.")
    return _("The order is cancelled, %(sum)s goes back.") % {"sum": format_money(returned)}

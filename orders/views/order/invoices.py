"""Invoices and the act of an order: issuing and printing them."""

from dataclasses import asdict

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, any_staff
from olvery.shared.htmx import dialog
from olvery.shared.refusals import Refusal, refusals_to
from orders.documents.act import act_contents, print_act
from orders.documents.invoice import Buyer
from orders.documents.issued import contents_of, print_invoice
from orders.domain.desk.invoicing import issue_invoice, last_buyer, usual_pay_by
from orders.domain.money import acts
from orders.domain.queries.order_money import act_of, money_of
from orders.forms_money import InvoiceForm
from orders.models import Order
from orders.views.files import pdf
from orders.views.order.letters import act_letter, invoice_letter
from orders.views.order.order_page import back_to, is_sent, managed_order, show_dialog, show_order, typed
from orders.wording_refusals import refusal_text


@dialog
@any_staff
def new_invoice(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for the company's requisites, then issue an invoice for the sum due."""
    order, now = managed_order(request, number), timezone.now()
    money = money_of(order, at=now)
    if request.method == "GET" and not money.takes_money:
        return back_to(request, order)
    initial = {**_known_buyer(order), "pay_by": usual_pay_by(order, at=now)}
    form = InvoiceForm(typed(request), today=order.location.day_at(now), initial=initial)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            issue_invoice(number, **form.cleaned_data, write=contents_of, by=request.user, at=now)
            return back_to(request, order)
    return show_dialog(request, "new_invoice", order, form, money=money, **invoice_letter(order, form, at=now))


@require_safe
@any_staff
def invoice(request: StaffRequest, number: int, pk: int) -> HttpResponse:
    """Show an issued invoice as PDF."""
    issued = get_object_or_404(managed_order(request, number).invoices, pk=pk)
    return pdf(print_invoice(issued), name=f"invoice-{issued.pk}")


@dialog
@any_staff
def issue_act(request: StaffRequest, number: int) -> HttpResponse:
    """Show the letter with the act of a completed order that has none yet, then issue and send it."""
    order, now = managed_order(request, number), timezone.now()
    if is_sent(request):
        try:
            acts.issue_act(number, write=act_contents, by=request.user, at=now)
        except Refusal as refusal:
            return show_order(request, order, refusal=refusal_text(refusal))
    elif (money := money_of(order, at=now)).lacks_act:
        return show_dialog(request, "act", order, money=money, leads_away=True, **act_letter(order, at=now))
    return back_to(request, order)


@require_safe
@any_staff
def act(request: StaffRequest, number: int) -> HttpResponse:
    """Show the act of an order as PDF."""
    issued = act_of(managed_order(request, number))
    if issued is None:
        raise Http404
    return pdf(print_act(issued), name=f"act-{issued.number}")


def _known_buyer(order: Order) -> dict[str, str]:
    """Return the requisites of the order's company, else those of the customer's last invoice, or at least a name."""
    if order.company:
        return asdict(Buyer.of_company(order.company))
    known = last_buyer(order)
    return asdict(Buyer.of_invoice(known)) if known else {"name": order.customer.company}

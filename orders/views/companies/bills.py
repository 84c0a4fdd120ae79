"""«Счета компании»: one invoice and one act per month for orders on account, and payments for them."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Company
from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.formats import format_money
from olvery.shared.forms import as_id
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import refusals_to
from orders.documents.month_bill import bill_contents, is_about, print_act_of_bill, print_bill
from orders.documents.statement import print_statement
from orders.domain.desk import month_bills
from orders.domain.desk.bill_corrections import correct_bill, with_wrong_sums
from orders.domain.queries.month_bills import bills_card, is_for, rows_of
from orders.domain.queries.order_money import moved_at
from orders.domain.queries.statements import statement_of
from orders.forms_companies import BillPaymentForm
from orders.models import BillCorrection, MonthBill
from orders.views.files import pdf
from orders.views.told import told


@require_safe
@any_staff
def bill_list(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a company's bills at this location, and what the next one will cover."""
    company = get_object_or_404(Company.objects.select_related("merged_into"), pk=pk)
    card = bills_card(company, request.location, at=timezone.now())
    context = {
        "company": company,
        "card": card,
        "wrong": with_wrong_sums(card.bills),
        "renamed": {bill.pk for bill in card.bills if not is_about(bill, company.merged_into or company)},
        "can_edit": request.access.is_manager,
        "zone": request.location.zone,
    }
    return render(request, "orders/companies/bills.html", context)


@button
@managers_only
def issue(request: StaffRequest, pk: int) -> HttpResponse:
    """Issue last month's bill, or redirect to the existing one."""
    company, now = get_object_or_404(Company, pk=pk), timezone.now()
    month = month_bills.last_month(request.location, at=now)
    with told(request):
        made = month_bills.issue_bill(company.pk, request.location, month, write=bill_contents, by=request.user, at=now)
        return redirect("orders:company-bill", pk, made.pk)
    return redirect("orders:company-bills", pk)


@require_safe
@any_staff
def bill(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Show a bill: its orders, what is left to pay for each, and its documents."""
    return _show(request, _bill(request, pk, number))


@require_POST
@managers_only
def take_payment(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Record a payment for a bill, or show the errors."""
    found, now = _bill(request, pk, number), timezone.now()
    form = BillPaymentForm(request.POST, today=request.location.day_at(timezone.now()))
    if not asks_again(request) and form.is_valid():
        values = form.cleaned_data
        moment = moved_at(values.pop("moved_on"), request.location.zone, at=now)
        with refusals_to(form.take):
            entries = month_bills.take_payment(number, **values, moved_at=moment, by=request.user, at=now)
            taken = format_money(sum((entry.amount for entry in entries), NO_MONEY))
            messages.success(request, _("%(sum)s taken for invoice %(number)s.") % {"sum": taken, "number": number})
            return redirect("orders:company-bill", pk, number)
    return _show(request, found, form)


@button
@managers_only
def send(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Send a bill to the company again."""
    if month_bills.send_bill(_bill(request, pk, number), at=timezone.now()):
        messages.success(request, _("The letter is on its way."))
    else:
        messages.error(request, _("The company has no e-mail: give one on its page."))
    return redirect("orders:company-bill", pk, number)


@button
@managers_only
def correct(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Issue a new invoice and act for a bill."""
    with told(request):
        correct_bill(_bill(request, pk, number).pk, write=bill_contents, by=request.user, at=timezone.now())
        messages.success(request, _("The corrected invoice and act are issued."))
    return redirect("orders:company-bill", pk, number)


@require_safe
@managers_only
def invoice(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Show the invoice of a bill as PDF; there is none if everything was paid before."""
    found = _bill(request, pk, number)
    correction = _asked(request, found)
    if not (correction or found).amount:
        raise Http404
    return pdf(print_bill(found, correction), name=f"invoice-{number}")


@require_safe
@managers_only
def act(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Show the act of a bill as PDF."""
    found = _bill(request, pk, number)
    return pdf(print_act_of_bill(found, _asked(request, found)), name=f"act-{found.act_number}")


@require_safe
@managers_only
def statement(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Show the statement for a bill's month as PDF, only for its location."""
    found = _bill(request, pk, number)
    company = found.company.merged_into or found.company
    of_month = statement_of(company, found.month, at=found.location)
    return pdf(print_statement(company, of_month, found.location), name=f"statement-{found.month:%Y-%m}")


def _asked(request: StaffRequest, bill: MonthBill) -> BillCorrection | None:
    """Return the requested papers: the valid ones, or an earlier correction by its number, 0 being the first papers."""
    asked = request.GET.get("correction")
    if asked is None:
        return bill.last_correction
    return None if asked == "0" else get_object_or_404(bill.corrections, number=as_id(asked))


def _bill(request: StaffRequest, pk: int, number: int) -> MonthBill:
    related = MonthBill.objects.select_related("company__merged_into", "location", "issued_by")
    related = related.prefetch_related(Prefetch("corrections", BillCorrection.objects.select_related("issued_by")))
    return get_object_or_404(related, is_for(pk), pk=number, location=request.location)


def _show(request: StaffRequest, bill: MonthBill, form: BillPaymentForm | None = None) -> HttpResponse:
    rows = rows_of(bill)
    left = sum((row.order.due for row in rows), NO_MONEY)
    company = bill.company.merged_into or bill.company
    context = {
        "bill": bill,
        "papers": bill.last_correction or bill,
        "corrections": sorted(bill.corrections.all(), key=lambda one: -one.number),
        "is_right": not with_wrong_sums([bill]) and is_about(bill, company),
        "company": company,
        "rows": rows,
        "left": left,
        "paid": sum((row.order.paid for row in rows), NO_MONEY),
        "form": form or BillPaymentForm(today=request.location.day_at(timezone.now()), initial={"amount": left}),
        "letters": bill.letters.order_by("-pk"),
        "can_edit": request.access.is_manager,
        "zone": request.location.zone,
    }
    return render(request, "orders/companies/bill.html", context, status=shown_status(request))

"""«Компания»: a company's orders, members and debts, for its own administrators."""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from accounts.domain import access_log
from accounts.models import Company, Screen
from olvery.shared.formats import moment, period
from olvery.shared.paging import Sort, page_asked
from olvery.shared.periods import DAY, month_of
from orders.documents.month_bill import print_act_of_bill, print_bill
from orders.documents.statement import print_statement
from orders.documents.tables import Column, write_csv
from orders.domain.money.credit import credit_of
from orders.domain.queries.month_bills import bills_of
from orders.domain.queries.statements import (
    Statement,
    administered_by,
    members_of,
    orders_of,
    statement_of,
    today_of,
)
from orders.models import LedgerEntry, MonthBill, Order
from orders.views.files import CSV, attachment, pdf

NEWEST = Sort("number", "pk", descending=True)
MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


@require_safe
def company(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the invoices, the statement of a month, and the members of the company."""
    own, now = _own(request, pk), timezone.now()
    today = today_of(own, at=now)
    statement = statement_of(own, _month(request.GET, today))
    first, last = month_of(statement.month)
    bills = list(bills_of(own))
    context = {
        "company": own,
        "statement": statement,
        "credit": credit_of(own),
        "bills": bills,
        "past_due": {bill.pk for bill in bills if bill.pay_by < bill.location.day_at(now)},
        "members": members_of(own),
        "before": month_of(first - DAY)[0],
        "after": last + DAY if last < today else None,
    }
    page = render(request, "orders/my/company.html", context)
    _note(request, statement.people, at=now)
    return page


@require_safe
def company_orders(request: PersonRequest, pk: int) -> HttpResponse:
    """Show all orders of the company, newest first."""
    own = _own(request, pk)
    page = page_asked(request.GET, orders_of(own), sort=NEWEST, size=20)
    answer = render(request, "orders/my/company_orders.html", {"company": own, "page": page})
    people: dict[int, set[int]] = {}
    for order in page.rows:
        people.setdefault(order.location_id, set()).add(order.customer_id)
    _note(request, people, at=timezone.now())
    return answer


@require_safe
def statement_file(request: PersonRequest, pk: int) -> HttpResponse:
    """Return the statement of a month as a text file."""
    own, now = _own(request, pk), timezone.now()
    statement = statement_of(own, _month(request.GET, today_of(own, at=now)))
    file = io.BytesIO()
    write_csv(file, _columns(), _rows(statement))
    _note(request, statement.people, at=now)
    return attachment(file.getvalue(), name=f"statement-{statement.month:%Y-%m}.csv", content_type=CSV)


@require_safe
def statement_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """Return the statement of a month as PDF."""
    own, now = _own(request, pk), timezone.now()
    statement = statement_of(own, _month(request.GET, today_of(own, at=now)))
    answer = pdf(print_statement(own, statement), name=f"statement-{statement.month:%Y-%m}")
    _note(request, statement.people, at=now)
    return answer


@require_safe
def bill_invoice(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """Return the invoice of a month as PDF."""
    found = _bill(request, pk, number)
    correction = found.last_correction
    if not (correction or found).amount:
        raise Http404
    return pdf(print_bill(found, correction), name=f"invoice-{number}")


@require_safe
def bill_act(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """Return the act of a month as PDF."""
    found = _bill(request, pk, number)
    return pdf(print_act_of_bill(found, found.last_correction), name=f"act-{found.act_number}")


def _own(request: PersonRequest, pk: int) -> Company:
    """Return a company of which the person is an administrator. Raises Http404."""
    return get_object_or_404(administered_by(request.user), pk=pk)


def _bill(request: PersonRequest, pk: int, number: int) -> MonthBill:
    return get_object_or_404(bills_of(_own(request, pk)), pk=number)


def _month(asked: Mapping[str, Any], today: date) -> date:
    """Return the first day of the month that is asked for; what cannot be read is this month."""
    read = MONTH.fullmatch(str(asked.get("month", "")))
    return date(int(read[1]), int(read[2]), 1) if read else month_of(today)[0]


def _note(request: PersonRequest, people: Mapping[int, set[int]], *, at: datetime) -> None:
    """Log whose orders the administrator saw, and at which location."""
    for location_id, seen in people.items():
        access_log.record(seen, by=request.user, location_id=location_id, screen=Screen.COMPANY, at=at)


Line = tuple[str, str, str, Any, Any]


def _columns() -> list[Column]:
    headings = (_("Date"), _("Document"), _("Who"), _("Cost"), pgettext("statement", "Paid"))
    return [(heading, 20, itemgetter(place)) for place, heading in enumerate(headings)]


def _rows(statement: Statement) -> list[Line]:
    return [
        (_("Opening balance"), "", "", statement.opening, ""),
        *(_order_line(order) for order in statement.orders),
        *(_payment_line(entry) for entry in statement.payments),
        (_("Turnover of the month"), "", "", statement.cost, statement.paid),
        (_("Closing balance"), "", "", statement.closing, ""),
    ]


def _order_line(order: Order) -> Line:
    what = f"{_('Order')} {order.number}, {order.service_name}"
    return period(order.period, order.location.zone), what, order.customer_name, order.cost, ""  # type: ignore[attr-defined]


def _payment_line(entry: LedgerEntry) -> Line:
    what = f"{entry.get_kind_display()}, {_('Order')} {entry.order_id}"
    return moment(entry.at, entry.order.location.zone), what, entry.document, "", entry.amount

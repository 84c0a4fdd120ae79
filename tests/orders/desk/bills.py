"""Orders of a month on account, and actions on their bill."""

import io
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pypdf
import time_machine

from accounts.models import Company, User
from coworking.domain.rules import When
from coworking.models import Location, Tariff
from orders.documents.month_bill import bill_contents
from orders.domain.desk.month_bills import issue_bill, take_payment
from orders.domain.online.completion import complete_finished
from orders.models import LedgerEntry, MonthBill, Order
from tests.factories import make_order
from tests.moments import clock as at_clock
from tests.moments import moment
from tests.orders.conftest import now

R = Decimal
NOVEMBER = date(2026, 11, 1)
FIRST = "2026-12-01 09:10"


def place(tariff: Tariff, by: User, person: User, company: Company, *, day: int, end: str = "12") -> Order:
    when = When(day=date(2026, 11, day), start=at_clock("10"), end=at_clock(end))
    asked = {"payment_method": "invoice", "company_id": company.pk, "when": when}
    return make_order(tariff=tariff, customer=person, by=by, **asked)


def over(clock: time_machine.Coordinates, at: str = FIRST) -> None:
    """Let the month end."""
    clock.move_to(moment(at))
    complete_finished(None, now())


def issue(company: Company, location: Location, month: date = NOVEMBER) -> MonthBill:
    return issue_bill(company.pk, location, month, write=bill_contents, by=None, at=now())


def take(bill: MonthBill, amount: str, by: User, **fields: Any) -> list[LedgerEntry]:
    moved = {"moved_at": now(), "document": "п/п 17", "token": uuid.uuid4(), "by": by, "at": now()}
    return take_payment(bill.pk, R(amount), **{**moved, **fields})


def dues(orders: list[Order]) -> list[Decimal]:
    for order in orders:
        order.refresh_from_db()
    return [order.due for order in orders]


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())

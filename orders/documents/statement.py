"""The statement of a company's month («Сверка расчётов») as a PDF, with the sums of the screen; in Russian."""

from datetime import date
from decimal import Decimal

from django.utils import translation

from accounts.models import Company
from coworking.models import Location
from olvery.shared.formats import moment, period
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import month_of
from orders.documents.invoice import Buyer
from orders.documents.lines import LANGUAGE
from orders.documents.month_bill import month_words
from orders.documents.sum_in_words import amount_in_words
from orders.documents.typeset import money, typeset
from orders.domain.queries.statements import Statement
from orders.models import LedgerEntry, Order


def print_statement(company: Company, statement: Statement, location: Location | None = None) -> bytes:
    """Draw the statement of a month on A4, of all locations or of one."""
    last = month_of(statement.month)[1]
    with translation.override(LANGUAGE):
        lines = [*map(_order_line, statement.orders), *map(_payment_line, statement.payments)]
    printed = {
        "title": f"Сверка расчётов за {month_words(statement.month)}",
        "company": company.name,
        "parties": [
            ["Компания", str(Buyer.of_company(company))],
            *([["Договор", f"№ {company.agreement}"]] if company.agreement else []),
            ["Локации", location.name if location else "Все"],
        ],
        "lines": [["", "Сальдо на начало", *_sides(statement.opening)], *lines],
        "sums": [
            ["Обороты за месяц", money(statement.cost), money(statement.paid)],
            ["Сальдо на конец", *_sides(statement.closing)],
        ],
        "summary": _summary(company, statement.closing, last),
        "in_words": amount_in_words(abs(statement.closing)) if statement.closing else "",
    }
    return typeset("statement.typ", printed, on=last)


def _order_line(order: Order) -> list[str]:
    what = f"Заказ № {order.pk}, {order.service_name}, {order.customer_name}"
    return [period(order.period, order.location.zone), what, money(order.cost), ""]  # type: ignore[attr-defined] # annotated


def _payment_line(entry: LedgerEntry) -> list[str]:
    document = f", {entry.document}" if entry.document else ""
    what = f"{entry.get_kind_display()}, заказ № {entry.order_id}{document}"
    return [moment(entry.at, entry.order.location.zone), what, "", money(entry.amount)]


def _sides(balance: Decimal) -> list[str]:
    """Return a balance in its column: what is owed, or what is paid ahead."""
    return ["", money(-balance)] if balance < NO_MONEY else [money(balance), ""]


def _summary(company: Company, closing: Decimal, last: date) -> str:
    on = f"На {last:%d.%m.%Y}"
    if closing > NO_MONEY:
        return f"{on} задолженность {company.name}: {money(closing)} руб."
    if closing < NO_MONEY:
        return f"{on} переплата {company.name}: {money(-closing)} руб."
    return f"{on} задолженности нет."

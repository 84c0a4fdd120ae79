"""Issuing invoices for an order."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.models import Seller, Unit
from olvery.shared.formats import period
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from olvery.shared.requisites import Requisites
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.domain.money.balance import balance_of
from orders.models import (
    CaseKind,
    EventKind,
    IssuedInvoice,
    LineKind,
    MessageKind,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
)


class InvoiceRefused(Refusal):
    """No invoice can be issued for this order."""


def issue_invoice(number: int, *, name: str, inn: str, kpp: str, address: str, by: User, at: datetime) -> IssuedInvoice:
    """Issue an invoice for what is due on an order and send it to the customer.

    If nothing in it would differ, its date included, returns the latest invoice of the order.
    Raises InvoiceRefused, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        seller = Seller.objects.filter(location=order.location_id).first()
        if seller is None:
            raise InvoiceRefused(_("The requisites of the location are not filled in: ask the administrator."))
        due = balance_of(order).due
        if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED) or not due:
            raise InvoiceRefused(_("There is nothing to pay on this order."))
        written = {
            "amount": due,
            "buyer_name": name,
            "buyer_inn": inn,
            "buyer_kpp": kpp,
            "buyer_address": address,
            "contents": contents_of(order, seller, order.lines.select_related("ticket__seat").order_by("pk"), due),
        }
        latest = order.invoices.order_by("-pk").first()
        is_of_today = latest and latest.issued_on == at.astimezone(order.location.zone).date()
        if latest and is_of_today and written == {field: getattr(latest, field) for field in written}:
            return latest
        invoice = IssuedInvoice.objects.create(order=order, issued_at=at, issued_by=by, **written)
        OrderEvent.objects.create(
            order=order,
            kind=EventKind.INVOICE_ISSUED,
            by=by,
            at=at,
            data={"number": invoice.pk, "sum": str(due), "to": name},
        )
        write_messages(order, [MessageKind.INVOICE], at=at, about=About(invoice=invoice))
    return invoice


def last_buyer(order: Order) -> IssuedInvoice | None:
    """Return the latest invoice of the same customer, to suggest its requisites."""
    return IssuedInvoice.objects.filter(order__customer=order.customer_id).order_by("-pk").first()


def contents_of(order: Order, seller: Seller, lines: Iterable[OrderLine], due: Decimal) -> dict[str, Any]:
    """Return what an invoice stores: the seller's requisites and the lines as they are now."""
    return {"seller": _seller_as_json(seller), "lines": _lines_as_json(order, list(lines), due)}


def _seller_as_json(seller: Seller) -> dict[str, Any]:
    fields = [field.name for field in dataclasses.fields(Requisites)]
    values = {name: getattr(seller, name) for name in fields}
    return {**values, "vat_rate": str(seller.vat_rate) if seller.vat_rate is not None else None}


def _lines_as_json(order: Order, lines: list[OrderLine], due: Decimal) -> list[dict[str, str]]:
    """Return the lines of the order; after a partial payment one line for the rest."""
    with translation.override("ru"):
        if due != sum(line.amount for line in lines):
            when = _period_text(order.period, order)
            title = f"Доплата по заказу {order.pk}: {order.service_name}, {order.tariff_name}, {when}"
            return [{"title": title, "quantity": "1", "unit": "шт", "price": str(due), "amount": str(due)}]
        return [
            {
                "title": _title(line, order),
                "quantity": str(line.quantity.normalize() + 0),
                "unit": str(Unit(line.unit).label).lower() if line.unit else "шт",
                "price": str(line.unit_price),
                "amount": str(line.amount),
            }
            for line in lines
        ]


def _title(line: OrderLine, order: Order) -> str:
    if line.kind == LineKind.DISCOUNT:  # its title is a percentage, or empty
        return f"{line.get_kind_display()} {line.title}".rstrip()
    if line.kind == LineKind.ALLOWANCE:
        return f"{line.get_kind_display()}: {line.title or CaseKind.EXTERNAL_REFUND.label}"
    if line.kind == LineKind.EXTRA or line.ticket is None:
        return line.title
    seat = f", место {line.ticket.seat.label}" if line.ticket.seat else ""
    return f"{line.title}{seat}, {_period_text(line.ticket.period, order)}"


def _period_text(booked: Period, order: Order) -> str:
    """Return when the service is rendered, as an accountant reads it: «26.11.2026 10:00–12:00»."""
    return period(booked, order.location.zone)

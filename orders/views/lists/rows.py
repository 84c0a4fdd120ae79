"""The rows of «Обращения» and «Билеты» as HTML. In a template, thirty took a quarter of the time of a page.

They are also short: a cell has one class, the name of its column, and optional end tags and quotes are left out.
`list-work.css` defines how a column looks.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coworking.models import PaymentMethod, Ticket
from olvery.shared.badges import badge, method
from olvery.shared.formats import format_money, initials_name, moment, name_to_fit, period
from olvery.shared.money import NBSP
from olvery.shared.phones import format_stored_phone
from orders.domain.money.credit import is_on_account
from orders.models import Order, shown_methods
from orders.wording_bookings import period_in_row, services_text


@dataclass(frozen=True, kw_only=True)
class OrderRows:
    """Draws orders, each with its `stored_phone`, without the columns that are hidden.

    Those who may use bulk actions can tick them.
    """

    zone: ZoneInfo
    hidden: Collection[str]
    may_tick: bool

    def html(self, orders: Sequence[Any]) -> SafeString:
        """Return the rows."""
        badge_of, method_of = cache(badge), cache(method)  # thirty rows have only a few different ones
        cells = _shown(
            self.hidden,
            number=self._number,
            made=self._made,
            what=_what,
            who=_who,
            when=lambda order: f"<td>{escape(period_in_row(order, self.zone))}",
            tally=lambda order: f"<td class=tally>{order.ticket_count}",
            sum=lambda order: f"<td class=sum>{_nowrap(format_money(order.total))}",
            pay=lambda order: f"<td class=pay>{_methods(order, method_of)}{badge_of('payment', order.payment_status)}",
            state=lambda order: f"<td class=state>{badge_of('order', order.status)}",
        )
        by = _by if "by" not in self.hidden else lambda *_orders: ""
        html = [
            "".join(("<tr>", *(cell(order) for cell in cells), by(order, above)))
            for above, order in zip([None, *orders], orders, strict=False)
        ]
        return SafeString("".join(html))

    def _number(self, order: Order) -> str:
        number = order.number
        tick = _tick(number) if self.may_tick else ""
        return f"<td>{tick}<a href={number}/>{number}</a>"

    def _made(self, order: Order) -> str:
        day, clock = moment(order.created_at, self.zone).split()
        return f"<td class=made>{day}<small>{clock}</small>"


@dataclass(frozen=True, kw_only=True)
class TicketRows:
    """Draws tickets, without the columns that are hidden.

    `ticket_url` is the URL of a ticket up to its number, `orders_url` the same for an order, `chosen` the number of
    the one whose card is open.
    """

    zone: ZoneInfo
    hidden: Collection[str]
    ticket_url: str
    orders_url: str
    chosen: int | None

    def html(self, tickets: Iterable[Any]) -> SafeString:
        """Return the rows of tickets, each with its `order_number`."""
        badge_of = cache(badge)
        cells = _shown(
            self.hidden,
            number=self._number,
            when=lambda ticket: f"<td>{period(ticket.period, self.zone)}",
            who=_visitor,
            what=lambda ticket: _two_lines("what", ticket.service.name, ticket.tariff.name),
            place=partial(_place, label=escape(_("Seat")), none=escape(_("any free one"))),
            of=lambda ticket: f"<td class=of><a href={self.orders_url}{ticket.order_number}/>{ticket.order_number}</a>",
            state=lambda ticket: f"<td class=state>{badge_of('ticket', ticket.status)}",
        )
        return SafeString("".join("".join(cell(ticket) for cell in cells) for ticket in tickets))

    def _number(self, ticket: Ticket) -> str:
        number = ticket.number
        selected = " aria-selected=true" if number == self.chosen else ""
        href = f"{escape(self.ticket_url)}{number}"
        return f'<tr{selected}><td>{_tick(number)}<a id=ticket-{number} href="{href}">{number}</a>'


def _shown(hidden: Collection[str], **cells: Callable[[Any], str]) -> list[Callable[[Any], str]]:
    return [cell for name, cell in cells.items() if name not in hidden]


def _tick(number: int) -> str:
    return f'<input type=checkbox name=pk value={number} aria-label="№ {number}">'


def _two_lines(column: str, first: str, *more: str, title: str = "") -> str:
    lines = "".join(f"<small>{escape(line)}</small>" for line in more if line)
    tip = f' title="{escape(title)}"' if title else ""
    return f"<td class={column}{tip}>{escape(first)}{lines}"


def _what(order: Order) -> str:
    return _two_lines("what", services_text(order), order.tariff_name if order.booking_count == 1 else "")


def _who(order: Any) -> str:
    company = order.company.name if order.company else ""
    return _named(order.customer_name, _nowrap(format_stored_phone(order.stored_phone)), company)


def _methods(order: Order, method_of: Callable[[Any, str], str]) -> str:
    """Show how an order was paid or is to be paid; an invoice on account has a name of its own."""
    named = {PaymentMethod.INVOICE: _("On account")} if is_on_account(order) else {}
    return "".join(method_of(one, named.get(one, "")) for one in shown_methods(order))


def _visitor(ticket: Ticket) -> str:
    return _named(ticket.visitor_name, ticket.visitor.company)


def _named(name: str, *more: str) -> str:
    """Return a name short enough to fit; the tooltip has names in full."""
    fitting = name_to_fit(name)
    return _two_lines("who", fitting, *more, title=name.partition(" ")[2] if fitting != name else "")


def _place(ticket: Ticket, *, label: str, none: str) -> str:
    if ticket.seat:
        return f'<td class=place data-label="{label}">{escape(ticket.seat.label)}'
    return f'<td class="place muted" data-label="{label}">{none}'


def _by(order: Order, above: Order | None) -> str:
    """Return who made an order; only for screen readers if it is the same person as in the row above."""
    if order.is_by_customer:
        return '<td class="by muted">' + escape(_("the customer"))
    is_same = above is not None and not above.is_by_customer and above.created_by_id == order.created_by_id
    name = initials_name(order.created_by.short_name)
    return f"<td class=by{' data-same' if is_same else ''}>{escape(name)}"


def _nowrap(text: str) -> str:
    """Write a text for a cell that does not wrap: there a plain space will do, a byte shorter."""
    return text.replace(NBSP, " ")

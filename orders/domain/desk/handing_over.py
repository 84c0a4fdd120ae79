"""Passing a ticket on: its customer names another visitor, and may take it back until somebody has come."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from phonenumber_field.phonenumber import PhoneNumber

from accounts.domain.people import person_of_contact
from accounts.models import User
from coworking.domain import sharing, tickets, visits
from coworking.models import Ticket, TicketStatus
from olvery.shared.refusals import Busy, Refusal
from orders.domain import locks
from orders.domain.messages import About, write_to
from orders.models import EventKind, Handover, MessageKind, Order, OrderEvent


class HandoverRefused(Refusal):
    """The ticket cannot be passed on, or taken back, now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The new visitor that the customer names, by phone or e-mail."""

    last_name: str
    first_name: str
    phone: PhoneNumber | None = None
    email: str = ""

    @property
    def full_name(self) -> str:
        """«Орлова Мария»."""
        return f"{self.last_name} {self.first_name}"


def is_open(ticket: Ticket, *, at: datetime) -> bool:
    """Whether a ticket can get another visitor if nobody has come on it yet: it is paid for, and not over."""
    return ticket.status == TicketStatus.ACTIVE and ticket.period.end > at


def check_ticket(ticket: Ticket, *, at: datetime) -> None:
    """Check that a ticket can get another visitor. Raises HandoverRefused."""
    if not is_open(ticket, at=at):
        raise HandoverRefused("ticket_not_passed_on")
    if visits.has_come(ticket):
        raise HandoverRefused("visitor_has_come")


def standing_of(ticket: Ticket) -> Handover | None:
    """Return the handover by which the ticket got its visitor, if its customer passed it on."""
    return Handover.objects.standing().filter(ticket=ticket).select_related("former").first()


def state_of(ticket: Ticket) -> str:
    """Return a fingerprint of a ticket's ownership: it changes when the ticket is passed on or taken back."""
    last = Handover.objects.filter(ticket=ticket).order_by("-pk").values_list("pk", flat=True).first()
    return f"{ticket.code_version}-{last or 0}"


def passed_on(found: Iterable[Ticket]) -> set[int]:
    """Return the numbers of passed-on tickets, whose codes only their visitors may see. One query.

    Read the tickets first, so that one that is passed on in the meantime is included.
    """
    return set(Handover.objects.to_others(found).values_list("ticket_id", flat=True))


def address_of(person: User, order: Order) -> str:
    """Return the e-mail address of a visitor of the order, empty if there is none."""
    email = order.email if person.pk == order.customer_id else person.email
    return email if email and person.is_active else ""


def hand_over(number: int, ticket_number: int, recipient: Recipient, *, shown: str, by: User, at: datetime) -> Handover:
    """Make somebody else the visitor of a ticket; codes of the former visitor are no longer valid.

    `shown` is the state of the ticket that the customer saw. A person named by phone gets a link, which the
    customer sends them. Both visitors are notified. Raises HandoverRefused, Busy.
    """
    with locks.short_waits():
        order, ticket = _locked(number, ticket_number, shown=shown, at=at)
        left, standing = ticket.visitor, standing_of(ticket)
        person = person_of_contact(**asdict(recipient), by=by, at=at)
        if not person.is_active:
            raise HandoverRefused("contact_takes_no_ticket", field="contact")
        former, former_name = (standing.former, standing.former_name) if standing else (left, ticket.visitor_name)
        Handover.objects.filter(ticket=ticket, ended_at=None).update(ended_at=at)
        handover = Handover.objects.create(
            ticket=ticket, by=by, former=former, former_name=former_name, to=person, name=recipient.full_name, at=at
        )
        _change(order, ticket, person, recipient.full_name, kind=EventKind.HANDED_OVER, by=by, at=at)
        if recipient.phone:
            sharing.share(ticket, shows_code=True, at=at)
        _tell(order, left, person, about=About(handover=handover), at=at)
    return handover


def take_back(number: int, ticket_number: int, *, shown: str, by: User, at: datetime) -> None:
    """Give a ticket back to the visitor it had before its customer passed it on.

    Raises HandoverRefused, VisitorErased if that person was erased, Busy.
    """
    with locks.short_waits():
        order, ticket = _locked(number, ticket_number, shown=shown, at=at)
        standing = standing_of(ticket)
        if standing is None:
            raise HandoverRefused("ticket_is_elsewhere")
        if standing.former.erased_at:
            raise tickets.VisitorErased
        left = ticket.visitor
        Handover.objects.filter(pk=standing.pk).update(ended_at=at)
        _change(order, ticket, standing.former, standing.former_name, kind=EventKind.TAKEN_BACK, by=by, at=at)
        _tell(order, left, standing.former, about=About(handover=standing, asked_at=at), at=at)


def _locked(number: int, ticket_number: int, *, shown: str, at: datetime) -> tuple[Order, Ticket]:
    """Lock an order, its services and its ticket if it is as it was shown. Raises HandoverRefused."""
    order, ticket = locks.lock_order_and_services(number), locks.lock_ticket(ticket_number)
    if state_of(ticket) != shown:
        raise HandoverRefused("ticket_is_elsewhere")
    check_ticket(ticket, at=at)
    return order, ticket


def _change(order: Order, ticket: Ticket, visitor: User, name: str, *, kind: EventKind, by: User, at: datetime) -> None:
    """Store the new visitor and record it. Raises Busy if the person was erased at this moment."""
    before = _told(ticket)
    ticket.visitor, ticket.visitor_name = visitor, name
    try:
        tickets.change([ticket])
    except tickets.VisitorErased as erased:
        raise Busy from erased
    ticket.refresh_from_db(fields=["code", "code_version"])
    data = {"tickets": [{"number": ticket.pk, "before": before, "after": _told(ticket)}]}
    OrderEvent.objects.create(order=order, kind=kind, by=by, at=at, data=data)


def _told(ticket: Ticket) -> dict[str, object]:
    return {"visitor": ticket.visitor_id, "visitor_name": ticket.visitor_name}


def _tell(order: Order, left: User, come: User, *, about: About, at: datetime) -> None:
    if left != come:
        write_to(address_of(left, order), order, MessageKind.GONE, at=at, about=about)
    write_to(address_of(come, order), order, MessageKind.HANDED, at=at, about=about)


def tell_recipients(order: Order, visitors: Mapping[int, int], *, at: datetime, until: datetime | None = None) -> None:
    """Notify recipients of passed-on tickets of the order what happened to them; not before `until`.

    `visitors` are the former visitors by ticket number. Call it within the transaction of the change.
    """
    standing = Handover.objects.filter(ticket__in=visitors, ended_at=None).select_related("to", "ticket")
    for one in (handover for handover in standing if handover.to_id == visitors[handover.ticket_id]):
        is_theirs = one.ticket.status == TicketStatus.ACTIVE and one.ticket.visitor_id == one.to_id
        kind, about = MessageKind.HANDED if is_theirs else MessageKind.GONE, About(handover=one, asked_at=at)
        write_to(address_of(one.to, order), order, kind, at=at, about=about, until=until)

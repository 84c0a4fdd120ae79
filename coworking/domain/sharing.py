"""The address at which others see where and when somebody comes, until the end of the booking."""

from datetime import datetime

from coworking.models import Ticket, TicketShare
from coworking.models.share import new_token


def share(ticket: Ticket, *, shows_code: bool, at: datetime) -> None:
    """Give a ticket a new address, with the code for the door or without; the one before leads nowhere from now on."""
    facts = {"token": new_token(), "shows_code": shows_code, "code_version": ticket.code_version, "made_at": at}
    TicketShare.objects.update_or_create(ticket=ticket, defaults=facts)


def withdraw(ticket: Ticket) -> bool:
    """Take the address of a ticket away; return whether there was one."""
    return bool(TicketShare.objects.filter(ticket=ticket).delete()[0])


def share_of(ticket: Ticket) -> TicketShare | None:
    """Return the address of a ticket, if it has one."""
    return TicketShare.objects.standing().filter(ticket=ticket).first()


def find(token: str, *, at: datetime) -> TicketShare:
    """Return what is shared at an address, with the ticket and its place. Raises TicketShare.DoesNotExist once over."""
    shares = TicketShare.objects.standing().filter(ticket__period__endswith__gt=at)
    return shares.select_related("ticket__service__location", "ticket__seat", "ticket__tariff").get(token=token)

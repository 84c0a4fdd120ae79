"""The link by which others see where and when somebody comes, until the end of the booking."""

from datetime import datetime

from coworking.models import Ticket, TicketShare
from coworking.models.share import new_token


def share(ticket: Ticket, *, shows_code: bool, at: datetime) -> None:
    """Give a ticket a new link, with or without the door code; the former one stops working."""
    facts = {"token": new_token(), "shows_code": shows_code, "code_version": ticket.code_version, "made_at": at}
    TicketShare.objects.update_or_create(ticket=ticket, defaults=facts)


def withdraw(ticket: Ticket) -> bool:
    """Delete the link of a ticket; return whether there was one."""
    return bool(TicketShare.objects.filter(ticket=ticket).delete()[0])


def share_of(ticket: Ticket) -> TicketShare | None:
    """Return the link of a ticket, if it has one."""
    return TicketShare.objects.standing().filter(ticket=ticket).first()


def find(token: str, *, at: datetime) -> TicketShare:
    """Return a shared booking with its ticket and place. Raises TicketShare.DoesNotExist, also once it is over."""
    shares = TicketShare.objects.standing().filter(ticket__period__endswith__gt=at)
    return shares.select_related("ticket__service__location", "ticket__seat", "ticket__tariff").get(token=token)

"""Texts about scans with problems, and what to do about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from coworking.domain import visits
from coworking.domain.ticket_codes import CodeAltered
from orders.models import OfflineScan
from orders.views.door.answers import OTHERWISE, REFUSED

LONGEST = 24
OWES = _("Is here and has not paid: take the payment.")
LEFT_WITHOUT_COMING = _("Left, but nobody wrote down the coming.")
ADVICE: Mapping[str, str | Promise] = {
    visits.TicketUnknown.reason: _("No such ticket here: find the person and look for the order."),
    CodeAltered.reason: _("The code is not ours: find the person and ask for the number of the ticket."),
    visits.TooEarly.reason: _("Came before entry opened: let them in once it does."),
    visits.TicketOver.reason: _("The time was over: find the person, sell more time."),
    visits.TicketCancelled.reason: _("The ticket was cancelled: find the person, make a new order."),
    visits.PlaceReleased.reason: _("The place was given away: find the person, offer another."),
    visits.TicketPassedOn.reason: _("A code of somebody before: see who is inside, the ticket is another visitor's."),
    visits.NotPaid.reason: _("Not paid: take the payment, then let them in."),
    visits.AlreadyIn.reason: _("Somebody is in on this ticket: see whether it is one person."),
    visits.NotInside.reason: LEFT_WITHOUT_COMING,
}
WORDS = {kind.reason: verdict.title for kind, verdict in REFUSED.items() if issubclass(kind, visits.EntryRefused)}


@dataclass(frozen=True, slots=True)
class ScanToSettle:
    """A scan with its text and what to do about it."""

    scan: OfflineScan
    word: str | Promise
    advice: str | Promise

    @property
    def name(self) -> str | Promise:
        """The number and the seat of the ticket, or the text that was read; no person is named."""
        ticket = self.scan.ticket
        if ticket is None:
            return Truncator(self.scan.read_text).chars(LONGEST) or _("text deleted after 30 days")
        return f"{ticket.pk} · {ticket.seat.label}" if ticket.seat else str(ticket.pk)


def to_settle(scan: OfflineScan) -> ScanToSettle:
    """Return a scan in words."""
    owes = scan.visit_id and scan.reason == visits.NotPaid.reason
    return ScanToSettle(scan, WORDS.get(scan.reason, OTHERWISE.title), OWES if owes else ADVICE[scan.reason])

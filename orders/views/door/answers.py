"""The door's answer to a ticket: one word, its colour, icon and sound, and the possible next steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coworking.domain import visits
from coworking.domain.ticket_codes import CodeAltered
from coworking.models import Ticket, Visit
from olvery.shared.formats import moment_until, moment_words
from olvery.shared.refusals import Refusal
from orders.models import Order
from orders.wording_refusals import refusal_text


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer looks and sounds; `key` identifies it in templates."""

    key: str
    tone: str
    icon: str
    title: str | Promise


WAITING = Verdict("waiting", "mute", "scan-line", gettext_lazy("Scan a ticket"))
VALID = Verdict("valid", "ok", "circle-check", gettext_lazy("Come in"))
MAY_ENTER = Verdict("may_enter", "ok", "door-open", gettext_lazy("May come in"))
LEFT = Verdict("left", "info", "log-out", gettext_lazy("Has left"))
UNDONE = Verdict("undone", "info", "undo-2", gettext_lazy("Taken back"))
CHOOSE = Verdict("choose", "info", "users", gettext_lazy("Who is it?"))
UNKNOWN = Verdict("unknown", "bad", "search-x", gettext_lazy("Not found"))
REFUSED: Mapping[type[Refusal], Verdict] = {
    visits.TicketUnknown: UNKNOWN,
    visits.NobodyExpected: UNKNOWN,
    CodeAltered: Verdict("altered", "bad", "shield-alert", gettext_lazy("Code is altered")),
    visits.TooEarly: Verdict("early", "warn", "clock", gettext_lazy("Too early")),
    visits.TicketOver: Verdict("over", "bad", "hourglass", gettext_lazy("Time is over")),
    visits.TicketCancelled: Verdict("cancelled", "bad", "ban", gettext_lazy("Cancelled")),
    visits.PlaceReleased: Verdict("released", "bad", "user-x", gettext_lazy("Place released")),
    visits.TicketPassedOn: Verdict("passed-on", "bad", "ticket-x", gettext_lazy("Ticket is passed on")),
    visits.NotPaid: Verdict("unpaid", "warn", "circle-alert", gettext_lazy("Not paid")),
    visits.AlreadyIn: Verdict("already", "warn", "user-check", gettext_lazy("Already here")),
}
OTHERWISE = Verdict("refused", "warn", "triangle-alert", gettext_lazy("Not done"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The whole answer of the door. `due` is what is left to pay for the order, roubles; `found` answers a name."""

    verdict: Verdict
    text: str = ""
    ticket: Ticket | None = None
    order: Order | None = None
    visit: Visit | None = None
    found: tuple[Ticket, ...] = ()
    zone: ZoneInfo

    @property
    def due(self) -> Decimal | None:
        """What is left to pay, if the order can be paid."""
        return self.order.due if self.order and self.order.due > 0 else None

    @property
    def is_refusal(self) -> bool:
        """Whether nobody is let in or out."""
        return self.verdict in (*REFUSED.values(), OTHERWISE)


def refused(refusal: Refusal, *, zone: ZoneInfo) -> Answer:
    """Answer a ticket that admits nobody."""
    return Answer(verdict=REFUSED.get(type(refusal), OTHERWISE), text=refusal_text(refusal), zone=zone)


def let_in_text(ticket: Ticket, zone: ZoneInfo) -> str:
    """Return how long a ticket is valid, in words: «Билет действует до 18:00»."""
    return _("The ticket is valid until %(moment)s") % {"moment": moment_until(ticket.period.end, zone)}


def of_visit(visit: Visit, ticket: Ticket, *, at: datetime, zone: ZoneInfo) -> Answer:
    """Answer with the recorded visit."""
    if visit.undone_at:
        return Answer(verdict=UNDONE, text=_("This visit does not count."), zone=zone)
    if visit.left_at:
        return Answer(verdict=LEFT, text=moment_words(visit.left_at, zone), zone=zone)
    return Answer(verdict=VALID, text=let_in_text(ticket, zone), visit=visit, zone=zone)

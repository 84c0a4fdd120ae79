"""Facts in words for people: the provider's reasons, differences, the events of an order.

Unknown codes read as a refusal without a reason.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from coworking.domain.rules import PlaceBlocked, RuleBroken
from coworking.models import PaymentMethod, Unit
from olvery.shared.formats import DAY_AND_MONTH, clock, format_money, moment, quantity
from olvery.shared.money import NBSP
from orders.domain.desk.cancelling import settlement_of
from orders.domain.money.facts import Difference, DifferenceField, Mismatch
from orders.models import (
    CaseKind,
    EventKind,
    LedgerEntry,
    MessageKind,
    MoneyCase,
    OrderEvent,
    OrderLine,
    OrderStatus,
    Refund,
)
from orders.wording_changes import change_text, visitor_text
from orders.wording_refusals import refusal_text

NO_REASON = gettext_noop("the bank gave no reason")
# As the provider lists them in its article on declined payments.
DECLINES = {
    "3d_secure_failed": gettext_noop("the code from the bank was not confirmed"),
    "call_issuer": gettext_noop("the bank asks the card holder to call"),
    "card_expired": gettext_noop("the card has expired"),
    "country_forbidden": gettext_noop("cards of this country are not accepted"),
    "fraud_suspected": gettext_noop("the payment looked suspicious"),
    "identification_required": gettext_noop("the wallet is not identified"),
    "insufficient_funds": gettext_noop("not enough money"),
    "internal_timeout": gettext_noop("the payment service did not answer in time"),
    "invalid_card_number": gettext_noop("the card number is wrong"),
    "invalid_csc": gettext_noop("the card's CVV code is wrong"),
    "issuer_unavailable": gettext_noop("the bank did not answer"),
    "loan_declined": gettext_noop("the loan was refused"),
    "payment_method_limit_exceeded": gettext_noop("the limit of the card or wallet is used up"),
    "payment_method_restricted": gettext_noop("the bank has restricted the card"),
    "permission_revoked": gettext_noop("the permission to charge was taken back"),
    "unsupported_mobile_operator": gettext_noop("payments of this mobile operator are not accepted"),
    "canceled_by_merchant": gettext_noop("the payment was cancelled on our side"),
    "expired_on_capture": gettext_noop("the payment was cancelled on our side"),
    "expired_on_confirmation": gettext_noop("the payment was not finished in time"),
}
# As the provider lists them in its article on refunds.
REFUND_DECLINES = {
    "insufficient_funds": gettext_noop("not enough money on our account at YooKassa"),
    "rejected_by_payee": gettext_noop("the receiver refused the money"),
    "rejected_by_timeout": gettext_noop("the bank did not answer in time"),
    "yoo_money_account_closed": gettext_noop("the receiver's wallet is closed"),
    "payment_expired": gettext_noop("the payment is too old to be returned"),
    # Our own: the answer was lost, and a person has checked that no refund was made.
    "not_made": gettext_noop("the refund was never made at YooKassa"),
}
DIFFERENCES = {
    DifferenceField.AMOUNT: gettext_noop("YooKassa names another sum"),
    DifferenceField.CURRENCY: gettext_noop("YooKassa names another currency"),
    DifferenceField.SHOP: gettext_noop("the payment belongs to another shop"),
    DifferenceField.TEST: gettext_noop("a test payment was mixed up with a real one"),
    DifferenceField.ID: gettext_noop("another payment answers for this one"),
    DifferenceField.ATTEMPT: gettext_noop("the payment does not name this order"),
    DifferenceField.ENVIRONMENT: gettext_noop("the payment does not name this order"),
    DifferenceField.PAGE: gettext_noop("the payment page is at a foreign address"),
    DifferenceField.STATUS: gettext_noop("YooKassa has cancelled what it had called paid"),
    DifferenceField.REFUND: gettext_noop("another refund answers for this one"),
    DifferenceField.PAYMENT: gettext_noop("another refund answers for this one"),
}


def decline_text(reason: str) -> str:
    """Return why a payment was declined: «недостаточно средств»."""
    return _(DECLINES.get(reason, NO_REASON))


def refund_decline_text(reason: str) -> str:
    """Return why a refund was refused: «получатель отклонил перевод»."""
    return _(REFUND_DECLINES.get(reason, NO_REASON))


def mismatch_text(mismatch: Mismatch) -> str:
    """Return what differs from our request: «в ЮKassa другая сумма»."""
    return ", ".join(dict.fromkeys(map(_difference_text, mismatch.differences))) or mismatch.text


def _difference_text(difference: Difference) -> str:
    if difference.field == DifferenceField.ID and not difference.theirs:
        return _("YooKassa does not know this payment")
    if difference.field == DifferenceField.STATUS and difference.theirs == "succeeded":
        return _("a refund that had failed went through at YooKassa")
    return _(DIFFERENCES[difference.field])


def refund_reason(refund: Refund) -> str:
    """Return why money goes back: the typed reason, or that it was paid too late, twice or too much."""
    return refund.reason or _made_by_itself(refund.source)


def corrected_text(entry: LedgerEntry, zone: ZoneInfo) -> str:
    """Return the entry that a correction is about: «к записи 100 ₽ от 20.11.2026»; empty for other entries."""
    if entry.corrects is None:
        return ""
    facts = {"sum": format_money(entry.corrects.amount), "day": moment(entry.corrects.at, zone)[:10]}
    return _("of the entry of %(sum)s, %(day)s") % facts


def entry_reason(entry: LedgerEntry) -> str:
    """Return why an entry was made: the typed reason, or the reason of its refund."""
    return entry.reason or (refund_reason(entry.refund) if entry.refund else "")


def line_title(line: OrderLine) -> str:
    """Return the title of a price line; one that follows a refund in the provider's cabinet has no title of its own."""
    return line.title or (str(CaseKind.EXTERNAL_REFUND.label) if line.refund_id else "")


def quantity_text(number: Decimal, unit: str) -> str:
    """Return the quantity of a price line: «2 ч», «1 день», «3 недели», or «4» without a unit."""
    shown, count = quantity(number), int(number)
    if unit == Unit.HOUR:
        return f"{shown}{NBSP}{_('h')}"
    if unit == Unit.DAY:
        return ngettext("%(count)s day", "%(count)s days", count) % {"count": shown}
    if unit == Unit.WEEK:
        return ngettext("%(count)s week", "%(count)s weeks", count) % {"count": shown}
    if unit == Unit.MONTH:
        return ngettext("%(count)s month", "%(count)s months", count) % {"count": shown}
    return shown


def resolution_text(case: MoneyCase) -> str:
    """Return how a person has settled a case: the typed note, the decision, or that the refund was repeated."""
    if case.approval:
        return str(case.approval.state.label)
    return case.resolution or (_("Returned again") if case.next_refund_id else "")


def _made_by_itself(source: str) -> str:
    by_itself = (Refund.Source.LATE_PAYMENT, Refund.Source.DUPLICATE_PAYMENT, Refund.Source.EXCESS)
    return str(Refund.Source(source).label) if source in by_itself else ""


def turn_text(turn: int) -> str:
    """Return the position in line in words: «Перед вами 2 человека.»."""
    if turn <= 1:
        return _("Nobody stands before you.")
    before = turn - 1
    return ngettext("%(count)s person stands before you.", "%(count)s people stand before you.", before) % {
        "count": before
    }


SHARING = (EventKind.SHARED, EventKind.UNSHARED)


def event_text(event: OrderEvent, zone: ZoneInfo) -> str:
    """Return what an event changed, in the time zone of the order's location: «Ожидает оплаты → Подтверждён»."""
    data = event.data
    if event.kind == EventKind.STATUS_CHANGED:
        return " · ".join(_about_status(event))
    if event.kind == EventKind.CREATED and "total" in data:
        return " · ".join(_about_creation(data))
    if event.kind == EventKind.DISCOUNT_GIVEN:
        return format_money(Decimal(data["sum"]))
    if event.kind == EventKind.RULE_OVERRIDDEN:
        # Events of earlier versions store the sentence itself.
        return str(data["text"]) if "text" in data else refusal_text(RuleBroken.from_json(data))
    if event.kind == EventKind.BLOCK_OVERRIDDEN:
        return refusal_text(PlaceBlocked.from_event(data, zone))
    if event.kind == EventKind.CONTACT_CHANGED:
        return ", ".join(change["order"] or "—" for change in data.values())
    if event.kind == EventKind.MESSAGE_SENT:
        return f"{MessageKind(data['kind']).label} → {data['to']}"
    if event.kind == EventKind.DEADLINE_MOVED:
        moved = " → ".join(moment(datetime.fromisoformat(data[end]), zone) for end in ("from", "to") if data[end])
        return " · ".join((moved, _("YooKassa does not answer"))) if data.get("is_outage") else moved
    if event.kind in (EventKind.FROM_WAITING, EventKind.PLACE_RELEASED, EventKind.PLACE_KEPT, *SHARING):
        return " · ".join(_about_place(data, zone))
    if event.kind in (EventKind.CHANGED, EventKind.CHANGE_UNDONE):
        return change_text(data, zone)
    if event.kind in (EventKind.HANDED_OVER, EventKind.TAKEN_BACK):
        return visitor_text(data)
    if event.kind in (EventKind.INVOICE_ISSUED, EventKind.ACT_ISSUED):
        again = _("correction %(number)s") % {"number": data["correction"]} if "correction" in data else ""
        facts = (f"№ {data['number']}", again, format_money(Decimal(data["sum"])), data.get("to", ""))
        return " · ".join(filter(None, facts))
    return " · ".join(_about_money(event, zone))


def _about_creation(data: dict[str, Any]) -> Iterator[str]:
    method = PaymentMethod(data["method"])
    yield format_money(Decimal(data["total"]))
    if "pass" in data:
        yield _("pass No. %(number)s") % {"number": data["pass"]}
    if "pass" not in data or method != PaymentMethod.FREE:
        yield str(method.label)
    if "promo_code" in data:
        yield _("promo code %(code)s") % {"code": data["promo_code"]}


def _about_place(data: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    if "since" in data:  # the waiting list offered it
        yield _("in line since %(moment)s") % {"moment": moment(datetime.fromisoformat(data["since"]), zone)}
    if "ticket" in data:
        yield _("ticket %(number)s") % {"number": data["ticket"]}
    if "warned_at" in data:  # the clock released it
        yield _("nobody came, warned at %(time)s") % {"time": clock(datetime.fromisoformat(data["warned_at"]), zone)}


def _about_status(event: OrderEvent) -> Iterator[str]:
    yield f"{OrderStatus(event.data['from']).label} → {OrderStatus(event.data['to']).label}"
    if "kept" in event.data:
        settlement = settlement_of(event)
        if settlement.returned:
            yield _("%(sum)s to return") % {"sum": format_money(settlement.returned)}
        if settlement.kept:
            yield _("%(sum)s kept") % {"sum": format_money(settlement.kept)}


def last_day(until: datetime, zone: ZoneInfo) -> str:
    """Return the day that ends at a moment: «30 ноября»."""
    return date_format((until - timedelta(minutes=1)).astimezone(zone), DAY_AND_MONTH)


def _about_rest(data: dict[str, Any], zone: ZoneInfo) -> str:
    left = format_money(Decimal(data["left"]))
    if "owed_until" not in data:
        return _("the order waits for the rest, %(sum)s") % {"sum": left}
    day = last_day(datetime.fromisoformat(data["owed_until"]), zone)
    return _("the rest of %(sum)s is owed until %(day)s") % {"sum": left, "day": day}


def _about_money(event: OrderEvent, zone: ZoneInfo) -> Iterator[str]:
    """Return how much money moved and how, or why it did not."""
    data = event.data
    if "sum" in data:
        yield format_money(Decimal(data["sum"]))
    if "method" in data:
        yield str(PaymentMethod(data["method"]).label)
    if data.get("attempt", 1) > 1:
        yield _("attempt %(number)s") % {"number": data["attempt"]}
    if data.get("document"):
        yield _("document %(number)s") % {"number": data["document"]}
    if "left" in data:
        yield _about_rest(data, zone)
    if event.kind in (EventKind.REFUND_REQUESTED, EventKind.REFUNDED) and (why := _made_by_itself(data.get("source"))):
        yield why
    if event.kind == EventKind.PAYMENT_CANCELED:
        yield decline_text(data["reason"])
    if event.kind == EventKind.REFUND_FAILED:
        yield refund_decline_text(data["reason"])

"""The text of a case under its heading, and its look: facts in words, the provider's codes verbatim."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coworking.models import PaymentMethod
from olvery.shared.formats import day_words, end_words, format_money, moment_words
from olvery.shared.periods import DAY
from orders.domain.desk.case_actions import Search, Told
from orders.domain.money.facts import Drift, Mismatch, Reply
from orders.models import CaseKind, MoneyCase, OrderStatus, PaymentAttempt
from orders.wording import last_day, mismatch_text, refund_decline_text


def told_text(told: Told) -> str:
    """Return the provider's answer in words, as a part of a sentence: «ждём оплату»."""
    if isinstance(told, Mismatch):
        return mismatch_text(told)
    if isinstance(told, Decimal):
        return _("%(sum)s is left of the payment") % {"sum": format_money(told)}
    if isinstance(told, Search):
        return _("there is nothing of the kind") if told == Search.NOTHING_FOUND else _("no order here is named in it")
    label = str(told.label)
    return label[:1].lower() + label[1:]


def sum_of(case: MoneyCase) -> str:
    """Write the sum of a case; for a payment that differs, the provider's sum in its currency."""
    if case.amount is None:
        return ""
    is_mismatch = case.kind == CaseKind.MISMATCH
    return format_money(case.amount, Mismatch.from_json(case.facts).currency if is_mismatch else "")


def _late(case: MoneyCase, zone: ZoneInfo) -> str:
    attempt, order = case.attempt, case.order
    when = _when(attempt.settled_at if attempt else None, zone)
    if order and order.status == OrderStatus.CANCELLED:
        text = _("paid %(when)s, after the order was cancelled") % {"when": when}
    elif order and order.deadline_at:
        text = _("paid %(when)s, the deadline was %(deadline)s") % {
            "when": when,
            "deadline": _until(order.deadline_at, zone),
        }
    else:
        text = _("paid %(when)s") % {"when": when}
    return _with_refund(text, attempt)


def _twice(case: MoneyCase, zone: ZoneInfo) -> str:
    attempt = case.attempt
    text = _("one more payment %(when)s, the order was paid already") % {
        "when": _when(attempt.settled_at if attempt else None, zone)
    }
    return _with_refund(text, attempt)


def _with_refund(text: str, attempt: PaymentAttempt | None) -> str:
    refunds = list(attempt.refunds.all()) if attempt else []
    if not refunds:
        return text
    status = refunds[-1].status.label.lower()
    return text + "; " + _("the refund: %(status)s") % {"status": status}


def _differs(case: MoneyCase, zone: ZoneInfo) -> str:
    mismatch = Mismatch.from_json(case.facts)
    text = _("%(what)s; nothing was written down") % {"what": mismatch_text(mismatch)}
    if not mismatch.returned:
        return text
    returned = _("%(sum)s went back in its cabinet") % {"sum": format_money(mismatch.returned, mismatch.currency)}
    return f"{text}; {returned}"


def _external(case: MoneyCase, zone: ZoneInfo) -> str:
    when = case.refund.requested_at if case.refund else case.opened_at
    return _("returned %(when)s past this site") % {"when": _when(when, zone)}


def _refused(case: MoneyCase, zone: ZoneInfo) -> str:
    reply = Reply.from_json(case.facts)
    refused = _("YooKassa refused the request: %(text)s") % {"text": reply.text}
    text = refused if reply.text else refund_decline_text(reply.code)
    if case.amount is not None or case.refund is None:
        return text
    paid = _("%(sum)s paid for what the order owed, tell the customer") % {"sum": format_money(case.refund.amount)}
    return f"{text}; {paid}"


def _lost(case: MoneyCase, zone: ZoneInfo) -> str:
    if case.receipt_id:
        return _("it is not known whether the receipt was made")
    asked = case.refund.requested_at if case.refund else case.opened_at
    return _("asked %(when)s; it is not known whether the refund was made") % {"when": _when(asked, zone)}


def _stuck_payment(case: MoneyCase, zone: ZoneInfo) -> str:
    started = case.attempt.created_at if case.attempt else case.opened_at
    return _("started %(when)s, neither paid nor cancelled") % {"when": _when(started, zone)}


def _stuck_refund(case: MoneyCase, zone: ZoneInfo) -> str:
    asked = case.refund.requested_at if case.refund else case.opened_at
    return _("asked %(when)s, the bank has not confirmed it") % {"when": _when(asked, zone)}


def _receipt(case: MoneyCase, zone: ZoneInfo) -> str:
    if case.receipt_id:
        what = _("the second receipt, of the service rendered")
    elif case.refund_id:
        what = _("the receipt of the refund")
    else:
        what = _("the receipt of the payment")
    reply = Reply.from_json(case.facts)
    return f"{what}: {reply}" if str(reply) else what


def _key(case: MoneyCase, zone: ZoneInfo) -> str:
    return _("payments and refunds wait until support puts the shop's key right")


def _unknown(case: MoneyCase, zone: ZoneInfo) -> str:
    return _("payment %(id)s names no order here") % {"id": case.provider_id}


def _to_return(case: MoneyCase, zone: ZoneInfo) -> str:
    if case.order and case.order.status == OrderStatus.CANCELLED:
        return _("the order is cancelled, the money is still here")
    if case.order and case.order.status == OrderStatus.EXPIRED:
        return _("the order has expired, the money is still here")
    return _("give the difference back")


def _debt(case: MoneyCase, zone: ZoneInfo) -> str:
    if case.order and case.order.period.is_whole_days(zone):
        return _("the last day was %(when)s") % {
            "when": day_words((case.order.period.end - DAY).astimezone(zone).date(), zone, weekday=False)
        }
    ended = case.order.period.end if case.order else case.opened_at
    return _("the rental ended %(when)s") % {"when": _until(ended, zone)}


def _overdue(case: MoneyCase, zone: ZoneInfo) -> str:
    until = (case.order and case.order.owed_until) or case.opened_at
    return _("a part was paid, the rest was owed until %(day)s") % {"day": last_day(until, zone)}


def _drift(case: MoneyCase, zone: ZoneInfo) -> str:
    if "ours" not in case.facts:  # stored by an older version in unknown words
        return str(case.facts.get("text", ""))
    drift = Drift.from_json(case.facts)
    sums = {"ours": format_money(drift.ours), "theirs": format_money(drift.theirs)}
    return _("here %(ours)s, at YooKassa %(theirs)s") % sums


def _approval(case: MoneyCase, zone: ZoneInfo) -> str:
    asked = case.approval
    if asked is None:
        return ""
    who = {"who": asked.asked_by.short_name, "sum": format_money(asked.amount), "why": asked.reason}
    if asked.corrects:
        old = {"old": format_money(abs(asked.corrects.amount))}
        return _("%(who)s corrects the entry of %(old)s to %(sum)s: “%(why)s”") % {**who, **old}
    if asked.method == PaymentMethod.ON_SITE:
        return _("%(who)s gives %(sum)s back in cash: “%(why)s”") % who
    return _("%(who)s gives %(sum)s back by transfer: “%(why)s”") % who


def _until(moment: datetime | None, zone: ZoneInfo) -> str:
    return end_words(moment, zone) if moment else "—"


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment_words(moment, zone) if moment else "—"


@dataclass(frozen=True, slots=True)
class CaseStyle:
    """How the screen shows a kind of case; without an action a person can only note how it was settled."""

    tone: str
    icon: str
    action: str
    words: Callable[[MoneyCase, ZoneInfo], str]


STYLES: dict[CaseKind, CaseStyle] = {
    CaseKind.LATE_PAYMENT: CaseStyle("bad", "calendar-x", "", _late),
    CaseKind.DUPLICATE_PAYMENT: CaseStyle("bad", "copy", "", _twice),
    CaseKind.MISMATCH: CaseStyle("bad", "circle-alert", "check", _differs),
    CaseKind.EXTERNAL_REFUND: CaseStyle("warn", "undo-2", "", _external),
    CaseKind.REFUND_FAILED: CaseStyle("bad", "undo-2", "refund", _refused),
    CaseKind.UNKNOWN_OUTCOME: CaseStyle("warn", "circle-question-mark", "check", _lost),
    CaseKind.PAYMENT_STUCK: CaseStyle("warn", "hourglass", "check", _stuck_payment),
    CaseKind.REFUND_STUCK: CaseStyle("warn", "rotate-ccw", "check", _stuck_refund),
    CaseKind.RECEIPT_FAILED: CaseStyle("warn", "receipt-text", "check", _receipt),
    CaseKind.MISCONFIGURED: CaseStyle("bad", "key-round", "send", _key),
    CaseKind.UNKNOWN_PAYMENT: CaseStyle("bad", "search-x", "check", _unknown),
    CaseKind.REFUND_DUE: CaseStyle("warn", "undo-2", "return", _to_return),
    CaseKind.DEBT: CaseStyle("bad", "circle-alert", "take", _debt),
    CaseKind.DEBT_OVERDUE: CaseStyle("bad", "circle-alert", "take", _overdue),
    CaseKind.DRIFT: CaseStyle("bad", "scale", "check", _drift),
    CaseKind.APPROVAL: CaseStyle("warn", "user-check", "decide", _approval),
}

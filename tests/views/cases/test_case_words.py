"""Differences and the provider's answers in words: no page shows our codes or the provider's."""

from decimal import Decimal
from typing import Any

import pytest

from orders.domain.desk.case_actions import Search, Told
from orders.domain.money.facts import Difference, DifferenceField, Mismatch
from orders.models import EventKind, LedgerEntry, MoneyCase, OrderEvent, OrderLine, PaymentAttempt, Refund
from orders.views.cases.case_words import told_text
from orders.wording import entry_reason, event_text, line_title, mismatch_text, refund_reason, resolution_text
from tests.moments import MOSCOW

STRANGE = Mismatch(text="как было записано раньше")


@pytest.mark.parametrize("field", DifferenceField)
def test_every_difference_has_words(field: DifferenceField) -> None:
    words = mismatch_text(Mismatch(differences=(Difference(field, "1", "2"),)))
    assert words.isprintable()
    assert not any(sign.isdigit() for sign in words)


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference(DifferenceField.AMOUNT, "600.00", "6.00"), "в ЮKassa другая сумма"),
        (Difference(DifferenceField.ID, "1", "2"), "вместо этого платежа отвечает другой"),
        (Difference(DifferenceField.ID, "1", ""), "в ЮKassa нет этого платежа"),
        (Difference(DifferenceField.STATUS, "succeeded", "canceled"), "ЮKassa отменила то, что считала оплаченным"),
        (Difference(DifferenceField.STATUS, "failed", "succeeded"), "в ЮKassa прошёл возврат, который здесь не удался"),
    ],
)
def test_a_difference_is_told_apart_by_its_facts(difference: Difference, words: str) -> None:
    assert mismatch_text(Mismatch(differences=(difference,))) == words


def test_several_differences_are_all_told_each_once() -> None:
    fields = (DifferenceField.ATTEMPT, DifferenceField.ENVIRONMENT, DifferenceField.SHOP)
    several = Mismatch(differences=tuple(Difference(field, "1", "2") for field in fields))
    assert mismatch_text(several) == "в платеже не назван этот заказ, платёж принадлежит другому магазину"


def test_records_of_an_older_version_stay_readable() -> None:
    assert mismatch_text(STRANGE) == "как было записано раньше"


# What the provider answers


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (PaymentAttempt.Status.PENDING, "ждём оплату"),
        (PaymentAttempt.Status.SUCCEEDED, "оплачен"),
        (Refund.Status.PENDING, "выполняется"),
        (Refund.Status.SUCCEEDED, "выполнен"),
        (Mismatch(differences=(Difference(DifferenceField.AMOUNT, "600.00", "700.00"),)), "в ЮKassa другая сумма"),
        (
            Mismatch(differences=(Difference(DifferenceField.PAGE, "", "https://evil.example"),)),
            "страница оплаты ведёт на чужой адрес",
        ),
        (Search.NOTHING_FOUND, "такого нет"),
        (Search.NO_ORDER_NAMED, "в платеже нет нашего заказа"),
        (Decimal(450), "от платежа осталось 450\u00a0₽"),
    ],
)
def test_an_answer_of_the_provider_is_worded(told: Told, words: str) -> None:
    assert told_text(told) == words


# The history

CANCELLED = {"from": "confirmed", "to": "cancelled"}


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (EventKind.STATUS_CHANGED, CANCELLED, "Подтверждён → Отменён"),
        (
            EventKind.STATUS_CHANGED,
            {**CANCELLED, "returned_online": "350.00", "returned_at_desk": "100.50", "kept": "149.50"},
            "Подтверждён → Отменён · к возврату 450,50 ₽ · удержано 149,50 ₽",
        ),
        (
            EventKind.STATUS_CHANGED,
            {**CANCELLED, "returned_online": "0.00", "returned_at_desk": "0.00", "kept": "0.00"},
            "Подтверждён → Отменён",
        ),
        (EventKind.REFUND_REQUESTED, {"sum": "600.00", "source": "duplicate"}, "600 ₽ · Оплачен дважды"),
        (EventKind.REFUND_REQUESTED, {"sum": "600.00", "source": "staff"}, "600 ₽"),
        (EventKind.REFUND_REQUESTED, {"sum": "600.00"}, "600 ₽"),
        (
            EventKind.DEADLINE_MOVED,
            {"from": "2026-11-25T06:00:00+00:00", "to": "2026-11-25T06:10:00+00:00", "is_outage": True},
            "25.11.2026 09:00 → 25.11.2026 09:10 · ЮKassa не отвечает",
        ),
        (
            EventKind.RULE_OVERRIDDEN,
            {"rule": "opening_hours", "reason": "closed", "facts": {"day": "2026-12-31"}},
            "31 декабря закрыто.",
        ),
        (
            EventKind.RULE_OVERRIDDEN,
            {"rule": "opening_hours", "reason": "outside_hours", "facts": {"opens": "08:00:00", "closes": "20:00:00"}},
            "В этот день открыто с 08:00 до 20:00.",
        ),
        (
            EventKind.RULE_OVERRIDDEN,
            {"rule": "horizon", "reason": "too_early", "facts": {"days": 30}},
            "Бронировать можно не раньше чем за 30 дней.",
        ),
        # As earlier versions stored it
        (EventKind.RULE_OVERRIDDEN, {"rule": "length", "text": "Не меньше: 4 часа."}, "Не меньше: 4 часа."),
    ],
)
def test_the_history_says_what_changed(kind: EventKind, data: dict[str, Any], words: str) -> None:
    assert event_text(OrderEvent(kind=kind, data=data), MOSCOW).replace("\u00a0", " ") == words


# Why money went back


@pytest.mark.parametrize(
    ("source", "typed", "why"),
    [
        ("late_payment", "", "Оплачен слишком поздно"),
        ("duplicate", "", "Оплачен дважды"),
        ("external", "", ""),
        ("staff", "Шумно", "Шумно"),
        ("duplicate", "Paid twice", "Paid twice"),  # in the ledger, which only grows
    ],
)
def test_a_refund_says_what_was_typed_or_why_it_was_made(source: str, typed: str, why: str) -> None:
    refund = Refund(source=source, reason=typed)
    assert refund_reason(refund) == entry_reason(LedgerEntry(refund=refund)) == why
    assert entry_reason(LedgerEntry(refund=refund, reason="Гроза")) == "Гроза"


def test_a_price_that_follows_the_cabinet_says_so() -> None:
    assert line_title(OrderLine(refund_id=1)) == "Возврат сделан в кабинете ЮKassa"
    assert (line_title(OrderLine(title="Уступка")), line_title(OrderLine())) == ("Уступка", "")


def test_a_case_says_how_a_person_has_settled_it() -> None:
    assert resolution_text(MoneyCase(next_refund_id=1)) == "Возврат запрошен ещё раз"
    assert resolution_text(MoneyCase(resolution="Отдал наличными")) == "Отдал наличными"
    assert resolution_text(MoneyCase()) == ""

"""The domain refuses by a reason and its facts; every reason has one sentence, which takes these facts."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext

from accounts import wording as accounts_wording
from accounts.models import Company, User
from coworking import wording as coworking_wording
from coworking.domain.blocking import Taken
from olvery.shared.refusals import Refusal
from orders import wording_refusals
from orders.domain.booking.pass_selling import PassTerms
from orders.domain.booking.passes import GivenBack
from orders.models import OrderStatus
from tests.moments import MOSCOW, hours, moment

DOMAINS = ("accounts/domain", "coworking/domain", "orders/domain")
FILES = [path for domain in DOMAINS for path in sorted((Path(settings.BASE_DIR) / domain).rglob("*.py"))]
TABLES = [accounts_wording.SENTENCES, coworking_wording.SENTENCES, wording_refusals.SENTENCES]
# Arguments of a refusal besides its facts.
NO_FACTS = {"field", "part", "rule"}
Sentences = dict[str, Any]
Said = tuple[str, frozenset[str]]
NIGHT = moment("2026-01-02 00:30")


def classes() -> dict[str, type[Refusal]]:
    for path in FILES:
        importlib.import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
    found = [Refusal]
    for kind in found:
        found += kind.__subclasses__()
    return {kind.__name__: kind for kind in found if kind.__module__.partition(".")[0] != "tests"}


def refusals_in(source: str) -> Iterator[Said]:
    """Yield the reason and the fact names of each refusal that the source creates."""
    known = classes()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in known:
            yield known[node.exc.id].reason, frozenset()
        if isinstance(node, ast.Dict):  # what constraints refuse, by their names
            names = [value.id for value in node.values if isinstance(value, ast.Name)]
            yield from ((known[name].reason, frozenset()) for name in names if name in known)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "MethodOffer":  # its reason becomes that of a refusal
                yield from ((reason, frozenset()) for reason in constants(node.args[1]) if reason)
            elif name in known and not is_passed_on(node):
                facts = frozenset(str(keyword.arg) for keyword in node.keywords) - NO_FACTS
                yield from ((reason, facts) for reason in constants(*node.args) or [known[name].reason])


def is_passed_on(call: ast.Call) -> bool:
    """Whether the reason comes from an object created elsewhere."""
    return bool(call.args) and isinstance(call.args[0], ast.Attribute) and call.args[0].attr == "reason"


def constants(*nodes: ast.expr) -> list[str]:
    return [str(one.value) for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant)]


def sentences() -> Sentences:
    return {reason: sentence for table in TABLES for reason, sentence in table.items()}


class Asked(dict[str, int]):
    """Records which facts are used."""

    def __missing__(self, name: str) -> int:
        return self.setdefault(name, 1)


def facts_of(sentence: Any) -> set[str]:
    if callable(sentence):
        return set(inspect.signature(sentence).parameters)
    asked = Asked()
    str(sentence % asked)
    return set(asked)


def complaints(said: list[Said], worded: Sentences) -> list[str]:
    """Return reasons without a sentence, sentences with wrong facts, and unused sentences."""
    found = [f"no sentence: {reason}" for reason, _facts in said if reason not in worded]
    for reason, facts in said:
        if reason in worded and facts != facts_of(worded[reason]):
            found.append(f"other facts: {reason}")
    return found + [f"not used: {reason}" for reason in worded if reason not in dict(said)]


def words_in(source: str) -> list[str]:
    """Return uses of texts in the source: translations, formats, labels of choices."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in ("django.utils.translation", "django.utils.formats"):
            found.append(node.module)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils":
            found += [alias.name for alias in node.names if alias.name in ("translation", "formats")]
        if isinstance(node, ast.Attribute) and node.attr.startswith("get_") and node.attr.endswith("_display"):
            found.append(node.attr)
    return found


def test_every_refusal_of_the_domain_has_its_sentence_and_every_sentence_its_refusal() -> None:
    said = [one for path in FILES for one in refusals_in(path.read_text())]
    assert len(said) > 60
    assert complaints(said, sentences()) == []


def test_no_reason_has_two_sentences() -> None:
    assert len(sentences()) == sum(map(len, TABLES))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_the_domain_makes_no_words(path: Path) -> None:
    assert words_in(path.read_text()) == []


# Sentences with facts

WORDED = [
    ("person_known", {"person": User(last_name="Петров", first_name="Пётр")}, "Этот человек уже есть: Петров Пётр."),
    ("company_known", {"company": Company(name="АО «Север»")}, "Компания с таким ИНН уже есть: АО «Север»."),
    (
        "company_member_known",
        {"person": User(last_name="Левин", first_name="Лев")},
        "Левин Лев уже заказывает для этой компании.",
    ),
    ("too_many_searches", {"minutes": 5}, "Вы искали слишком часто. Поиск снова заработает через 5 минут."),
    ("times_off_step", {"minutes": 30}, "Укажите время, кратное 30 минутам."),
    ("closed", {"day": date(2026, 12, 31)}, "31 декабря закрыто."),
    ("closed", {"day": date(2026, 12, 31), "why": "инвентаризация."}, "31 декабря закрыто: инвентаризация."),
    ("outside_hours", {"opens": time(8), "closes": time(20, 30)}, "В этот день открыто с 08:00 до 20:30."),
    ("too_short", {"unit": "hour", "least": 4}, "Не меньше: 4 часа."),
    ("too_long", {"unit": "month", "most": 1}, "Не больше: 1 месяц."),
    ("too_late", {"minutes": 61}, "Бронировать нужно не позже чем за 61 минуту до начала."),
    ("too_early", {"days": 30}, "Бронировать можно не раньше чем за 30 дней."),
    ("seats_taken", {"seats": ["A1"]}, "Место A1 в это время занято."),
    ("seats_taken", {"seats": ["A1", "A2"]}, "Места A1, A2 в это время заняты."),
    ("more_than_capacity", {"capacity": 3}, "У услуги всего 3 места."),
    ("entry_too_early", {"opens_at": NIGHT, "zone": MOSCOW}, "Вход откроется 2 января"),
    ("entry_over", {"ended_at": NIGHT, "zone": MOSCOW}, "Билет закончился 2 января"),
    ("already_in", {"since": NIGHT, "zone": MOSCOW}, "Вход отмечен 2 января"),
    ("fewer_are_free", {"free": 2}, "В это время свободны только 2 места."),
    (
        "places_booked",
        {"taken": [Taken("A1", "Петров Иван", hours("10", "12"))], "more": 2, "zone": MOSCOW},
        "Уже забронировано: A1, Петров Иван, 25.11.2026 10:00–12:00; и ещё 2.",
    ),
    (
        "settings_changed_meanwhile",
        {"by": User(last_name="Белова", first_name="Марина"), "changed_at": NIGHT, "zone": MOSCOW},
        "Раздел тем временем изменён: Белова Марина, 2 января",
    ),
    ("tax_begun", {"first": date(2026, 11, 25)}, "НДС начинается не раньше 25 ноября 2026"),
    ("tickets_in_the_way", {"tickets": [1, 2], "more": 3}, "Мешают 5 билетов."),
    ("token_busy", {"most": 600}, "Не больше 600 запросов в минуту."),
    ("table_too_large", {"most": 524_288}, "Файл слишком большой: не больше 512 КБ."),
    ("table_too_long", {"most": 2_001}, "Файл слишком длинный: не больше 2001 строки под заголовками. Разделите его."),
    ("picture_too_large", {"most": 10_485_760}, "Файл больше 10 МБ."),
    ("picture_too_many_pixels", {"most": 25_000_000}, "В картинке больше 25 млн пикселей."),
    ("picture_out_of_shape", {"least": 200}, "Стороны картинки — не меньше 200 пикселей"),
    ("photos_too_many", {"most": 10}, "Показываем не больше 10 фотографий"),
    ("too_many_imports", {"most": 10}, "Не больше 10 файлов в сутки: продолжите завтра."),
    ("too_many_filters", {"most": 12}, "Не больше 12 фильтров: сначала удалите ненужный."),
    ("too_many_tokens", {"most": 20}, "Не больше 20 действующих токенов"),
    ("too_many_webhooks", {"most": 10}, "Не больше 10 вебхуков"),
    ("scope_missing", {"scope": "orders:read"}, "Токен для этого не годится: нет права «orders:read»."),
    ("merge_rights", {"name": "Крылова Ольга"}, "Крылова Ольга: есть права в интерфейсе управления"),
    ("retention_until_far", {"years": 5}, "Не дальше чем через 5 лет."),
    ("erasure_open_orders", {"count": 2}, "2 заказа ещё не завершены: "),
    ("erasure_open_tickets", {"count": 1}, "1 билет ещё действует: "),
    ("erasure_passes", {"count": 2}, "2 абонемента ещё действуют: "),
    ("erasure_debts", {"count": 5}, "5 заказов оплачены не полностью."),
    ("erasure_refunds", {"count": 1}, "1 возврат"),
    ("erasure_cases", {"count": 2}, "Не разобраны 2 вопроса"),
    (
        "place_blocked",
        {"block": 7, "seats": ["A1"], "places": 1, "why": "Ремонт", "during": hours("10", "12"), "zone": MOSCOW},
        "Место A1",
    ),
    (
        "place_blocked",
        {"block": 7, "seats": [], "places": 5, "why": "Ремонт", "during": hours("10", "12"), "zone": MOSCOW},
        "5 мест из заблокированных, ",
    ),
    ("too_many_tickets", {"most": 60, "count": 61}, "В заказе не больше 60 билетов, получилось бы 61."),
    ("promo_too_early", {"day": date(2026, 12, 1)}, "Промокод начнёт действовать 1 декабря."),
    ("promo_other_services", {"services": ["Опен-спейс", "Студия"]}, "Промокод не действует на «Опен-спейс, Студия»."),
    ("promo_other_days", {"weekdays": [1, 2]}, "Промокод действует на бронирования по дням: вт, ср."),
    ("promo_used_by_customer", {"most": 1}, "Промокод уже использован: не больше 1 раза на заказчика."),
    ("pass_over_by_then", {"day": date(2026, 12, 23)}, "Абонемент действует по 23 декабря."),
    ("pass_other_service", {"services": ["Опен-спейс"]}, "Этот абонемент действует на «Опен-спейс»."),
    (
        "pass_services_changed",
        {"services": ["Опен-спейс", "Студия"]},
        "Условия абонемента изменились: теперь он действует на «Опен-спейс, Студия».",
    ),
    ("pass_other_unit", {"unit": "hour"}, "Абонемент почасовой: выберите почасовой тариф."),
    ("pass_other_unit", {"unit": "day"}, "Абонемент посуточный: выберите тариф по дням."),
    (
        "pass_too_little",
        {"needed": 12, "left": 1, "unit": "hour"},
        "На абонементе не хватает: нужно 12 часов, осталось 1 час.",
    ),
    ("pass_left_changed", {"left": 3, "unit": "day"}, "Абонемент тем временем использован: останется 3 дня."),
    (
        "pass_back_changed",
        {"back": GivenBack(1, 2), "unit": "hour"},
        "Условия отмены тем временем изменились: 1 час вернётся в абонемент, 2 часа останутся списанными.",
    ),
    (
        "pass_terms_changed",
        {"old": PassTerms(10, 30, Decimal(2000)), "new": PassTerms(1, 21, Decimal(450)), "unit": "day"},
        "Условия абонемента изменились: было 10 дней на 30 дней, 2 000 ₽, теперь 1 день на 21 день, 450 ₽.",
    ),
    ("promo_fewer_than_used", {"used": 2}, "Промокод уже использован 2 раза: меньше нельзя"),
    ("refund_needs_person", {"most": Decimal(5000)}, "Вернуть нужно больше 5 000 ₽: это подтверждает человек"),
    ("money_moved", {"at_hand": Decimal(900)}, "Тем временем сумма изменилась: сейчас у нас 900 ₽."),
    ("terms_changed", {"new": Decimal(300)}, "Условия отмены тем временем изменились: теперь вернётся 300"),
    ("move_too_late", {"hours": 24}, "Перенести бронирование можно не позже чем за 24 часа до начала: "),
    ("too_many_waiting", {"most": 10}, "Вы стоите в 10 очередях: сначала выйдите"),
    ("too_many_open_orders", {"most": 5}, "5 ваших заказов ждут оплаты: "),
    ("extra_beyond_limit", {"extra": "Шкафчик", "most": 3}, "«Шкафчик»: не больше 3 в одном заказе."),
    ("extra_taken", {"extra": "Монитор", "free": 0}, "«Монитор»: на это время всё занято."),
    ("extra_taken", {"extra": "Монитор", "free": 2}, "«Монитор»: на это время свободны только 2 штуки."),
    (
        "discount_beyond_limit",
        {"percent": 10, "most": Decimal(60)},
        "Ваш предел скидки 10 % стоимости, здесь это 60",
    ),
    (
        "price_changed",
        {"old": Decimal(600), "new": Decimal("650.5")},
        "Стоимость изменилась: была 600 ₽, теперь 650,50",
    ),
    ("days_not_free", {"days": [date(2026, 11, 30), date(2026, 12, 1)]}, "Недоступно: 30.11, 01.12."),
    (
        "transition_not_allowed",
        {"status": OrderStatus.CANCELLED},
        "Статус заказа «Отменён»: это действие",
    ),
    ("order_takes_no_money", {"status": "expired"}, "Статус заказа «Не оплачен в срок»: принять оплату нельзя."),
    (
        "rest_undecided",
        {"left": Decimal(599)},
        "Останется доплатить 599 ₽: выберите, подтвердить заказ с долгом или ждать остаток до срока.",
    ),
    ("more_than_due", {"due": Decimal(600)}, "Осталось оплатить 600 ₽, больше принять нельзя."),
    ("beyond_the_bill", {"due": Decimal(600)}, "По счёту осталось оплатить 600 ₽: если пришло больше, отметьте это."),
    ("billed_by_month", {"number": 17}, "Этот заказ уже в счёте за месяц № 17."),
    ("credit_exceeded", {"left": Decimal(600)}, "Лимита компании не хватает: на счёт можно заказать ещё на 600 ₽."),
    ("correction_beyond_due", {"most": Decimal(600)}, "Не больше 600 ₽: столько стоит заказ."),
    ("more_than_refundable", {"most": Decimal("200.00")}, "Вернуть можно не больше 200 ₽."),
]


@pytest.mark.parametrize(("reason", "facts", "begins"), WORDED)
def test_the_facts_are_in_the_sentence(reason: str, facts: dict[str, Any], begins: str) -> None:
    said = wording_refusals.refusal_text(Refusal(reason, **facts))
    assert said.replace("\u00a0", " ").startswith(begins)


def test_every_sentence_with_facts_was_looked_at() -> None:
    assert {reason for reason, _facts, _begins in WORDED} == {
        key for key, said in sentences().items() if facts_of(said)
    }


def test_every_sentence_without_facts_is_said_as_it_is_translated() -> None:
    plain = {reason: said for reason, said in sentences().items() if not facts_of(said)}
    assert {reason: wording_refusals.reason_text(reason) for reason in plain} == {
        reason: gettext(said) for reason, said in plain.items()
    }


# The checks themselves


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('raise Busy("never_worded")', "no sentence: never_worded"),
        ('no.append(locks.Busy("never_worded", part=1))', "no sentence: never_worded"),
        ('MethodOffer(method, "never_worded" if missing else "")', "no sentence: never_worded"),
        ("raise TransitionRefused", "no sentence: "),
        ("raise Busy(number=4)", "other facts: busy"),
        ("raise PriceChanged(old=shown)", "other facts: price_changed"),
        ("", "not used: busy"),
    ],
)
def test_a_refusal_without_its_sentence_is_found(source: str, complaint: str) -> None:
    assert complaint in complaints(list(refusals_in(source)), sentences())


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from django.utils.translation import gettext as _", "django.utils.translation"),
        ("from django.utils import formats, timezone", "formats"),
        ("raise Refused(order.get_status_display())", "get_status_display"),
    ],
)
def test_words_in_the_domain_are_found(source: str, name: str) -> None:
    assert words_in(source) == [name]

"""What letters about money say."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.utils import translation

from accounts.models import User
from coworking.models import Location, Service, Ticket
from orders.domain.booking.deadlines import warn_of_deadlines
from orders.domain.booking.transitions import change_status
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.cash import Rest
from orders.domain.messages import write_messages
from orders.domain.money.cases import open_case
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.links import resend_link, url_of
from orders.domain.online.notifications import take_refund
from orders.domain.online.payments import start_payment
from orders.domain.online.refunds import create_refund
from orders.letters import compose, send
from orders.models import CaseKind, LedgerEntry, Message, MessageKind, Order, OrderStatus, PaymentLink, Refund
from tests.factories import make_order, make_user
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.steps import cancel, give_back, look, pay, plain, press_pay, refund, review, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
WAY_BACK = "Деньги придут туда, откуда вы платили: по СБП на следующий день, на карту в течение трёх дней."
AT_DESK = "Из этой суммы {} вы получите на стойке."
END = """
Если есть вопросы, ответьте на это письмо.
Парк Тест, +7 495 123-45-67
"""


@pytest.fixture
def location(location: Location) -> Location:
    location.name, location.phone = "Парк Тест", "+7 495 123-45-67"
    location.save()
    return location


@pytest.fixture
def order(location: Location, pool: Service, manager: User, clock: time_machine.Coordinates) -> Order:
    """600 ₽ of Пётр Ильич for Wednesday, 10 to 12, to be paid online by Wednesday, 9:00."""
    customer = make_user(last_name="Чайкин", first_name="Пётр", middle_name="Ильич", email="petr@example.com")
    tariff = pool.tariffs.create(name="Час", unit="hour", price=300)
    return make_order(tariff=tariff, customer=customer, by=manager, payment_method="online")


@pytest.fixture
def desk_order(order: Order) -> Order:
    """The order, confirmed and to be paid on site."""
    Order.objects.update(payment_method="on_site", status="confirmed", deadline_at=None)
    return Order.objects.get()


def letter(order: Order, kind: str) -> EmailMessage:
    """Compose the newest letter of a kind."""
    return compose.compose(Message.objects.filter(order=order, kind=kind).latest("pk"))


# Whole letters


def test_the_letter_of_a_payment_carries_the_tickets(order: Order, gateway: FakeGateway) -> None:
    pay(order, gateway)
    sent, ticket = letter(order, "paid"), Ticket.objects.get()
    assert plain(sent) == (
        f"""Оплата по заказу {order.number} получена: 600 ₽
Пётр Ильич, ваше бронирование подтверждено: Опен-спейс, ср, 25 ноября, 10:00–12:00.

Оплачено: 600 ₽
Чек придёт на petr@example.com.

Билет {ticket.number}: Чайкин Пётр Ильич, 25.11.2026 10:00–12:00

Покажите код на входе. Код и файл для календаря приложены к письму.
"""
        + END
    )
    assert [name for name, _content, _kind in sent.attachments] == [
        f"ticket-{ticket.number}.png",
        f"order-{order.number}.ics",
    ]
    assert (sent.to, sent.reply_to) == (["petr@example.com"], ["desk@example.com"])


def test_the_letter_of_a_cancellation_says_what_goes_back_and_what_is_kept(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="450.50")
    sent = letter(order, "cancelled")
    assert plain(sent) == (
        f"""Заказ {order.number} отменён
Пётр Ильич, ваше бронирование отменено: Опен-спейс, ср, 25 ноября, 10:00–12:00.
Причина: Передумал

Вернём 450,50 ₽. {WAY_BACK}
По условиям отмены 149,50 ₽ не возвращается.
"""
        + END
    )
    assert sent.attachments == []


# The text of each letter


def test_the_payment_link_names_sum_and_deadline(order: Order, clock: time_machine.Coordinates) -> None:
    clock.shift(HOUR)
    resend_link(order.pk, at=now())
    text = plain(letter(order, "link"))
    assert text.startswith(f"Оплата заказа {order.number}: 600 ₽\nПётр Ильич, ")
    assert "К оплате: 600 ₽, срок: 25 ноября в 09:00, потом места освободятся\n" in text
    assert f"\n{url_of(PaymentLink.objects.get())}\n" in text
    assert text.endswith(END)


def test_the_payment_link_of_an_order_that_stands_names_what_is_left(desk_order: Order, manager: User) -> None:
    take(desk_order, "200", by=manager)
    resend_link(desk_order.pk, at=now())
    text = plain(letter(desk_order, "link"))
    assert f"Оплата заказа {desk_order.number}: 400 ₽\n" in text
    assert "К оплате: 400 ₽\n" in text
    assert "освободятся" not in text


def test_the_warning_names_the_moment_when_the_places_become_free(
    order: Order, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 08:00").astimezone(now().tzinfo))
    warn_of_deadlines(now())
    text = plain(letter(order, "deadline"))
    assert text.startswith(f"Заказ {order.number}, срок оплаты: 25 ноября в 09:00\n")
    assert "ваше бронирование ждёт оплаты: Опен-спейс. Срок: 25 ноября в 09:00, потом места освободятся." in text
    assert f"К оплате: 600 ₽\n{url_of(PaymentLink.objects.get())}\n" in text


def test_the_letter_of_an_expiry_says_what_becomes_of_a_late_payment(
    order: Order, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 09:00").astimezone(now().tzinfo))
    expire_overdue(None, now())
    text = plain(letter(order, "expired"))
    assert text.startswith(f"Заказ {order.number} не оплачен в срок\n")
    assert "мы ждали оплату до срока: 25 ноября в 09:00. Места снова свободны: Опен-спейс" in text
    assert "места достанутся вам, если они ещё свободны, иначе мы вернём все деньги" in text


def test_a_payment_of_a_part_names_what_is_left(order: Order, manager: User) -> None:
    take(order, "200", by=manager)
    text = plain(letter(order, "paid"))
    assert f"Оплата по заказу {order.number} получена: 200 ₽\n" in text
    assert "Оплачено: 200 ₽\nОсталось оплатить: 400 ₽\n" in text
    assert "Чек придёт" not in text


def test_tickets_are_sent_once_an_order(pool: Service, manager: User, clock: time_machine.Coordinates) -> None:
    tariff = pool.tariffs.create(name="Час", unit="hour", price=300)
    order = make_order(tariff=tariff, by=manager, payment_method="invoice")
    take(order, "600", by=manager)
    paid = letter(order, "paid")
    assert (paid.attachments, "Билет" in paid.body) == ([], False)
    assert len(letter(order, "tickets").attachments) == 2


def test_who_has_paid_what_a_person_looks_at_is_promised_neither_places_nor_money(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    review(order, gateway)
    clock.move_to(order.deadline_at + HOUR)
    expire_overdue(gateway, now())
    text = plain(letter(order, "expired"))
    assert "Платёж проверяется: второй раз платить не нужно.\n" in text
    assert "всё-таки оплатили" not in text


@pytest.mark.parametrize("amount", ["600", "150.50"])
def test_a_refund_names_sum_reason_and_way(amount: str, order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, amount, by=manager, reason="Не работал кондиционер")
    send_all(gateway)
    text = plain(letter(order, "refunded"))
    words = amount.replace(".", ",") + " ₽"
    assert text.startswith(f"Вернули {words} по заказу {order.number}\nПётр Ильич, мы вернули {words}: Опен-спейс, ")
    assert f"Причина: Не работал кондиционер\n{WAY_BACK}\n" in text


def test_money_given_back_by_hand_is_not_said_to_come_to_the_card(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    give_back(desk_order, "100", by=manager, reason="Шумно")
    text = plain(letter(desk_order, "refunded"))
    assert "Вернули 100 ₽" in text
    assert "Причина: Шумно\nДеньги вернул наш менеджер.\n" in text
    assert WAY_BACK not in text


@pytest.mark.parametrize(
    ("source", "reason"), [("late_payment", "Оплачен слишком поздно"), ("duplicate", "Оплачен дважды")]
)
def test_a_refund_of_its_own_accord_says_why(
    source: str, reason: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    if source == "late_payment":
        cancel(order, gateway, by=manager)
    else:
        take(order, "600", by=manager)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    assert Refund.objects.get().source == source
    assert f"Причина: {reason}\n" in plain(letter(order, "refunded"))


def test_a_refund_from_the_cabinet_gives_no_reason(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    take_refund(gateway.external_refund(attempt.provider_id or "", attempt.amount), at=now())
    text = plain(letter(order, "refunded"))
    assert "Вернули 600 ₽" in text
    assert "Причина" not in text


# A cancellation in every state of the money


def test_a_cancellation_of_an_unpaid_order_returns_nothing(order: Order, manager: User) -> None:
    cancel(order, None, by=manager)
    text = plain(letter(order, "cancelled"))
    assert "Заказ не был оплачен, поэтому возвращать нечего.\n" in text
    assert "Вернём" not in text


def test_a_cancellation_without_a_return_says_what_is_kept(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="0")
    text = plain(letter(order, "cancelled"))
    assert "По условиям отмены 600 ₽ не возвращается.\n" in text
    assert "Вернём" not in text


def test_a_refund_before_the_cancellation_is_not_promised_again(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    clock.shift(HOUR)
    cancel(order, gateway, by=manager)
    send_all(gateway)
    assert "Вернём 400 ₽. " in plain(letter(order, "cancelled"))


def test_money_from_the_desk_is_not_said_to_come_to_the_card(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "400", by=manager)
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    clock.shift(HOUR)
    cancel(order, gateway, by=manager)
    text = plain(letter(order, "cancelled"))
    assert "Вернём 400 ₽.\n" in text
    assert WAY_BACK not in text
    clock.shift(HOUR)
    give_back(order, "100", by=manager)
    assert plain(letter(order, "cancelled")) == text


def test_what_is_kept_later_does_not_change_the_letter_of_a_cancellation(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager, returned="0")
    text = plain(letter(desk_order, "cancelled"))
    clock.shift(HOUR)
    give_back(desk_order, "100", by=manager)
    assert Order.objects.get().kept == Decimal(500)
    assert plain(letter(desk_order, "cancelled")) == text
    assert "По условиям отмены 600 ₽ не возвращается.\n" in text


def test_a_cancellation_written_down_without_its_sums_is_told_by_the_books(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    take(order, "250", by=manager)
    pay(order, gateway)
    Order.objects.update(kept=Decimal("149.50"))
    change_status(Order.objects.get(), OrderStatus.CANCELLED, by=manager, at=now())
    reason = {"source": Refund.Source.STAFF, "reason": "Передумал", "by": manager}
    create_refund(order.attempts.get(), Decimal(350), gateway=gateway, at=now(), **reason)
    write_messages(order, [MessageKind.CANCELLED], at=now())
    text = plain(letter(order, "cancelled"))
    assert (
        f"Вернём 450,50 ₽. {WAY_BACK} {AT_DESK.format('100,50 ₽')}\nПо условиям отмены 149,50 ₽ не возвращается.\n"
        in text
    )


@pytest.mark.parametrize("end", ["paid", "expired", "cancelled"])
def test_what_asks_for_money_is_not_sent_once_nothing_can_be_paid(
    end: str,
    order: Order,
    gateway: FakeGateway,
    manager: User,
    clock: time_machine.Coordinates,
    mailoutbox: list[EmailMessage],
) -> None:
    clock.shift(HOUR)
    resend_link(order.pk, at=now())
    clock.move_to(moment("2026-11-25 08:00").astimezone(now().tzinfo))
    warn_of_deadlines(now())
    if end == "paid":
        pay(order, gateway)
    elif end == "cancelled":
        cancel(order, gateway, by=manager)
    else:
        clock.move_to(order.deadline_at or now())
        assert expire_overdue(gateway, now()) == 1
    for message in Message.objects.order_by("pk"):
        send.send_message(message.pk, at=now())
    left = {"paid": ["created", "paid"], "expired": ["created", "expired"], "cancelled": ["cancelled"]}[end]
    assert list(Message.objects.order_by("pk").values_list("kind", flat=True)) == left
    assert len(mailoutbox) == len(left)


def test_a_link_to_the_rest_is_not_sent_once_that_is_paid(
    order: Order, gateway: FakeGateway, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    take(order, "250", by=manager, rest=Rest(owed_until=order.period.end))
    resend_link(order.pk, at=now())
    link = Message.objects.get(kind="link")
    take(order, "350", by=manager)
    assert (send.send_message(link.pk, at=now()), mailoutbox) == (False, [])
    assert not Message.objects.filter(pk=link.pk).exists()


def test_money_from_both_ways_is_one_sum_with_its_part_from_the_desk(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    take(order, "400", by=manager)
    pay(order, gateway)
    change(order, by=manager, when=when("10", "11"))
    told = [plain(letter(order, "changed"))]
    cancel(order, gateway, by=manager)
    told.append(plain(letter(order, "cancelled")))
    assert f"Вернём 300 ₽. {WAY_BACK} {AT_DESK.format('100 ₽')}\n" in told[0]
    assert f"Вернём 600 ₽. {WAY_BACK} {AT_DESK.format('400 ₽')}\n" in told[1]


# Sending


def test_every_letter_is_russian_whatever_the_manager_s_language_is(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User, mailoutbox: list[EmailMessage]
) -> None:
    with translation.override("en"):
        clock.shift(HOUR)
        resend_link(order.pk, at=now())
        clock.move_to(moment("2026-11-25 08:00").astimezone(now().tzinfo))
        warn_of_deadlines(now())
        for message in Message.objects.order_by("pk"):
            assert send.send_message(message.pk, at=now())
        pay(order, gateway)
        refund(order, gateway, "100", by=manager)
        send_all(gateway)
        for message in Message.objects.filter(sent_at=None).order_by("pk"):
            assert send.send_message(message.pk, at=now())
        cancel_order(order.pk, by=manager, reason="Передумал", at=now(), gateway=gateway)
        send.send_message(Message.objects.get(kind="cancelled").pk, at=now())
    kinds = list(Message.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["created", "link", "deadline", "paid", "refunded", "cancelled"]
    latin = {"Olvery", "petr", "example", "com"}
    for sent in mailoutbox:
        text = " ".join(line for line in plain(sent).splitlines() if "http" not in line)
        words = {word for word in "".join(sign if sign.isalpha() else " " for sign in text).split() if word.isascii()}
        assert words <= latin
        assert "  " not in plain(sent)
        assert "\n\n\n" not in plain(sent).strip()
        assert "None" not in text


def test_a_letter_is_sent_once(order: Order, gateway: FakeGateway, mailoutbox: list[EmailMessage]) -> None:
    pay(order, gateway)
    message = Message.objects.get(kind="paid")
    assert send.send_message(message.pk, at=now())
    before = saved_rows()
    assert not send.send_message(message.pk, at=now())
    assert (len(mailoutbox), saved_rows()) == (1, before)


def test_composing_changes_nothing(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    cancel(order, gateway, by=manager)
    send_all(gateway)
    open_case(CaseKind.DRIFT, at=now(), order=order)
    before = saved_rows()
    for message in Message.objects.all():
        compose.compose(message)
    assert saved_rows() == before
    assert LedgerEntry.objects.count() == 2


def test_no_letter_about_money_is_written_without_an_e_mail(desk_order: Order, manager: User) -> None:
    Order.objects.update(email="")
    Message.objects.all().delete()
    take(desk_order, "600", by=manager)
    give_back(desk_order, "100", by=manager)
    cancel(desk_order, None, by=manager)
    assert not Message.objects.exists()


def test_the_letter_names_the_address_that_the_receipt_goes_to(order: Order, gateway: FakeGateway) -> None:
    attempt = start_payment(order.pk, gateway, email="buh@example.com", at=now())
    send_all(gateway)
    attempt.refresh_from_db()
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    assert "Чек придёт на buh@example.com.\n" in plain(letter(order, "paid"))


def test_money_from_the_desk_promises_no_receipt_by_mail(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    assert "Чек" not in plain(letter(desk_order, "paid"))


def test_a_cancellation_keeps_the_letter_about_money_that_went_back_before(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = pay(order, gateway)
    take_refund(gateway.external_refund(attempt.provider_id or "", Decimal(100)), at=now())
    cancel(order, gateway, by=manager)
    kinds = list(Message.objects.filter(order=order).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["refunded", "cancelled"]

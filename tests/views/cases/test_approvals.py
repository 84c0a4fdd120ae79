"""Decisions of a second person, over HTTP: requested in a dialog, decided under «Сверка денег»."""

import uuid

import pytest
from django.test import Client

from accounts.models import Role, User
from coworking.models import Location, Tariff
from orders.letters.compose import compose
from orders.models import LedgerEntry, Message, MoneyCase, Order
from tests.factories import make_manager, make_member, make_order
from tests.moments import NOW
from tests.orders.steps import take
from tests.snapshots import saved_rows
from tests.views.cases.desk import DAY, DESK, EXPORT, actions, add_case, notices
from tests.views.cases.test_day import sheet
from tests.views.order.asking import plain
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def entry(tariff: Tariff, manager: User) -> LedgerEntry:
    """600 ₽ taken by a manager whose own limit is lower."""
    Location.objects.update(approval_limit=100)
    return take(make_order(tariff=tariff, by=manager), "600", by=manager)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def ask(client: Client, entry: LedgerEntry, right: str) -> str:
    """Correct an entry in the dialog and return the notice."""
    typed = {"token": str(uuid.uuid4()), "amount": right, "reason": "Опечатка"}
    answer = client.post(f"/manage/orders/{entry.order_id}/payments/{entry.pk}/correct/", typed, follow=True)
    [notice] = answer.context["messages"]
    return str(notice)


def test_the_administrator_approves_and_the_correction_is_a_line_of_its_day(
    client: Client, manager: User, entry: LedgerEntry, location: Location
) -> None:
    administrator = signed_in(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR))
    add_case("misconfigured")
    empty = plain(administrator.get(DESK).content.decode())
    assert ("Нечего решать" in empty, "Всё сходится" in empty) == (True, False)
    assert "Разобранных строк ещё нет" in plain(administrator.get(f"{DESK}?view=settled").content.decode())
    assert "до одобрения" in ask(client, entry, "10")
    case = MoneyCase.objects.get(kind="approval")
    approve, decline = f"{DESK}{case.pk}/approve/", f"{DESK}{case.pk}/decline/"

    assert decline in actions(read(client.get(DESK)))
    assert approve not in actions(read(client.get(DESK)))
    before = saved_rows()
    assert notices(client, approve) == ["Вы сами об этом попросили: одобряет другой сотрудник."]
    assert saved_rows() == before

    page = administrator.get(DESK)
    assert actions(read(page)) == {approve, decline}
    text = plain(page.content.decode())
    assert "Соколова Анна исправляет запись 600 ₽ на 10 ₽: «Опечатка»" in text
    assert "ЮKassa не принимает наш ключ" not in text
    dialog = administrator.get(approve)
    assert ("letter" in dialog.context, client.get(approve).status_code) == (False, 404)
    assert "исправляет запись 600 ₽ на 10 ₽" in plain(dialog.content.decode())
    assert notices(administrator, approve) == ["Одобрено: записано −590\u00a0₽."]

    assert "к записи 600 ₽ от 24.11.2026" in plain(client.get(DAY).content.decode())
    head, *rows = sheet(client.get(EXPORT).content, 1)
    assert [row[head.index("Исправляет")] for row in rows][-1].replace("\u00a0", " ") == "к записи 600 ₽ от 24.11.2026"
    assert "Одобрено" in plain(client.get(f"{DESK}?view=settled").content.decode())


def test_people_of_another_location_find_no_request(client: Client, manager: User, entry: LedgerEntry) -> None:
    ask(client, entry, "10")
    case = MoneyCase.objects.get()
    stranger = signed_in(make_manager(location=make_order().location))
    before = saved_rows()
    for verb in ("approve", "decline"):
        assert stranger.post(f"{DESK}{case.pk}/{verb}/").status_code == 404
    assert {**saved_rows(), "User": 0} == {**before, "User": 0}
    second = signed_in(make_manager(location=case.order.location if case.order else make_order().location))
    assert notices(second, f"{DESK}{case.pk}/decline/") == ["Отклонено: ничего не записано."]
    assert (Order.objects.get(pk=entry.order_id).paid, MoneyCase.objects.get().closed_at) == (600, NOW)


def test_the_letter_of_a_refund_is_shown_before_it_is_approved(
    client: Client, manager: User, entry: LedgerEntry, location: Location
) -> None:
    Order.objects.update(email="client@example.com")
    typed = {"token": str(uuid.uuid4()), "source": "desk", "method": "on_site", "moved_on": "2026-11-24"}
    client.post(
        f"/manage/orders/{entry.order_id}/refund/", {**typed, "amount": "300", "reason": "Шумно", "document": "8"}
    )
    address = f"{DESK}{MoneyCase.objects.get(kind='approval').pk}/approve/"
    second = signed_in(make_manager(location=location))
    before = saved_rows()
    shown = second.get(address).context["letter"]
    assert {**saved_rows(), "User": 0} == {**before, "User": 0}
    assert notices(second, address) == ["Одобрено: записано −300\u00a0₽."]
    letter = compose(Message.objects.get(kind="refunded"))
    assert (shown.subject, shown.body) == (letter.subject, str(letter.body).strip())

"""«Коворкинг › Документы»: a draft becomes an edition in force from a day on; accepted editions stay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.documents import publish
from accounts.models import Document, DocumentKind, Membership, Role
from coworking.domain.document_setup import documents_of
from coworking.models import DocumentDraft, SettingsEvent
from orders.domain.booking.terms import terms_now
from tests.factories import make_location, make_user
from tests.moments import NOW, moment
from tests.views.pages import World, read
from tests.views.settings.conftest import make_administered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PAGE = "/manage/coworking/documents/"
OFFER = f"{PAGE}offer/"
TOMORROW = moment("2026-11-25 00:00")


def make_with_offer() -> World:
    publish(kind=DocumentKind.OFFER, text="Общая оферта.", changes="", by=None, at=NOW)
    return make_administered()


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_with_offer


def draft(client: Client, text: str = "Наша оферта.", **typed: str) -> Any:
    return client.post(OFFER, {"text": text, "changes": "", "seen": "0", **typed})


def release(client: Client, starts_on: str, seen: str = "1") -> Any:
    return client.post(f"{OFFER}publish/", {"starts_on": starts_on, "seen": seen})


def saved() -> list[Any]:
    models: tuple[Any, ...] = (Document, DocumentDraft, SettingsEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_draft_is_seen_by_nobody_until_it_is_published_and_holds_from_its_day(
    client: Client, world: World, clock: time_machine.Coordinates
) -> None:
    common, location = Document.objects.get(), world.location
    assert "Общая оферта." in client.get(OFFER).content.decode()  # where writing begins
    assert draft(client, "Наша оферта.\n\nПункт <b>.", changes="Возврат").headers["Location"] == f"{OFFER}preview/"
    preview = client.get(f"{OFFER}preview/").content.decode()
    assert [text in preview for text in ("<p>Пункт &lt;b&gt;.</p>", "Возврат")] == [True, True]
    own = f"/legal/of/{location.pk}/offer/"
    assert (terms_now(location.pk, at=NOW), client.get(own).status_code) == ([common], 404)

    assert release(client, "завтра").headers["Location"] == PAGE
    edition = Document.objects.get(location=location)
    stored = (edition.kind, edition.edition, edition.changes, edition.starts_at, edition.published_by)
    assert stored == (DocumentKind.OFFER, 1, "Возврат", TOMORROW, world.manager)
    assert (DocumentDraft.objects.count(), terms_now(location.pk, at=TOMORROW - timedelta(seconds=1))) == (0, [common])
    assert "действует с 25.11.2026" in client.get(f"{own}1/").content.decode()
    page = client.get(PAGE).content.decode()
    assert [text in page for text in ("Редакция 1 действует с 25.11.2026", "опубликовано: Публичная оферта")] == [
        True
    ] * 2

    clock.move_to(TOMORROW)
    assert terms_now(location.pk, at=TOMORROW) == [edition]
    assert terms_now(make_location().pk, at=TOMORROW) == [common]
    assert "<p>Наша оферта.</p>" in Client().get(own).content.decode()
    assert "Общая оферта." in Client().get("/legal/offer/").content.decode()


def test_an_edition_of_today_holds_at_once_and_those_before_stay_readable(client: Client, world: World) -> None:
    for number, text in enumerate(("Первая.", "Вторая."), start=1):
        draft(client, text)
        release(client, "сегодня")
        assert [one.edition for one in terms_now(world.location.pk, at=NOW)] == [number]
    own = f"/legal/of/{world.location.pk}/offer/"
    assert "Вторая." in client.get(own).content.decode()
    former = client.get(f"{own}1/").content.decode()
    assert ["Первая." in former, "больше не действует" in former] == [True, True]
    assert [client.get(f"{own}{number}/").status_code for number in (2, 3)] == [200, 404]


@pytest.mark.parametrize(
    ("starts_on", "kept", "said"),
    [
        ("", "", "Обязательное поле"),
        ("когда-то", "когда-то", "Напишите день"),
        ("23.11.2026", "2026-11-23", "сегодня или позже"),
    ],
)
def test_a_day_that_cannot_be_is_422_and_nothing_is_published(
    client: Client, world: World, starts_on: str, kept: str, said: str
) -> None:
    draft(client)
    before = saved()
    answer = release(client, starts_on)
    assert (answer.status_code, saved()) == (422, before)
    page = answer.content.decode()
    assert [said in page, f'value="{kept}"' in page or not kept] == [True, True]


@pytest.mark.parametrize("text", ["", "  \n ", "я" * 60_001])
def test_a_text_that_cannot_be_is_422_and_what_was_typed_stays(client: Client, world: World, text: str) -> None:
    before = saved()
    answer = draft(client, text, changes="Возврат")
    assert (answer.status_code, saved()) == (422, before)
    assert "id_text_error" in read(answer).ids
    assert "Возврат" in answer.content.decode()


def test_an_edition_does_not_begin_before_one_that_waits(client: Client, world: World) -> None:
    draft(client)
    release(client, "1.12")
    draft(client, "Другая.")
    before = saved()
    answer = release(client, "30.11")
    assert (answer.status_code, saved()) == (422, before)
    assert "начинает действовать позже" in answer.content.decode()
    release(client, "1.12")  # takes its place
    assert [one.text for one in terms_now(world.location.pk, at=moment("2026-12-01 00:00"))] == ["Другая."]


def test_the_second_of_two_people_is_told_and_neither_text_is_lost(client: Client, world: World) -> None:
    draft(client, "Первая.")
    before = saved()
    answer = draft(client, "Вторая.")
    page = answer.content.decode()
    assert (answer.status_code, saved()) == (422, before)
    assert ["Раздел тем временем изменён" in page, "Вторая." in page] == [True, True]
    draft(client, "Вторая.", seen="1")
    before = saved()
    for answer in (release(client, "сегодня", seen="1"), client.post(f"{OFFER}discard/", {"seen": "1"})):
        assert (answer.status_code in (422, 302), saved()) == (True, before)
    client.post(f"{OFFER}discard/", {"seen": "2"})
    assert DocumentDraft.objects.count() == 0
    before = saved()
    answer = draft(client, "Третья.", seen="2")  # written on while it was thrown away
    assert (answer.status_code, saved()) == (422, before)
    assert "Третья." in answer.content.decode()


def test_a_manager_only_reads_and_consents_belong_to_no_location(client: Client, world: World) -> None:
    assert [client.get(f"{PAGE}{kind}/").status_code for kind in ("account", "nothing")] == [404, 404]
    draft(client)
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    before = saved()
    assert "Написать" not in client.get(PAGE).content.decode()
    for path in ("", "publish/", "discard/"):
        assert client.post(f"{OFFER}{path}", {"text": "…", "starts_on": "сегодня", "seen": "1"}).status_code == 403
    assert client.get(f"{OFFER}preview/").status_code == 403
    assert saved() == before


def test_a_draft_of_another_location_is_seen_and_published_by_nobody_here(client: Client, world: World) -> None:
    other = make_location()
    DocumentDraft.objects.create(
        location=other, kind="offer", text="Чужая.", edited_by=make_user(), edited_at=NOW, version=1
    )
    before = saved()
    assert "Чужая." not in client.get(OFFER).content.decode()
    answers = [client.get(f"{OFFER}preview/"), release(client, "сегодня"), client.post(f"{OFFER}discard/", {"seen": 1})]
    assert [answer.headers["Location"] for answer in answers] == [PAGE] * 3
    assert saved() == before


def test_it_asks_as_much_for_three_documents_as_for_one(
    client: Client, world: World, django_assert_num_queries: Any
) -> None:
    draft(client)
    with django_assert_num_queries(3):
        documents_of(world.location, at=NOW)
    for kind in ("policy", "rules"):
        client.post(f"{PAGE}{kind}/", {"text": "…", "seen": "0"})
        client.post(f"{PAGE}{kind}/publish/", {"starts_on": "завтра", "seen": "1"})
    with django_assert_num_queries(3):
        documents_of(world.location, at=NOW)

"""The guides: every screen links to an existing section."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from accounts.models import User
from olvery.demo.pictures import HEIGHT, MOST_BYTES, PICTURES, WIDTH
from olvery.guide import CUSTOMER, FILES, MANAGER, SECTION, anchor_of, rendered, sections, source_of
from olvery.guide import PICTURES as FOLDER
from tests.factories import make_location, make_manager, make_user
from tests.views.pages import Page, read


def test_every_screen_that_is_named_is_there() -> None:
    assert {name for name in sections() if not is_known(name)} == set()


def is_known(name: str) -> bool:
    namespace, _colon, name = name.rpartition(":")
    resolver = get_resolver().namespace_dict[namespace][1] if namespace else get_resolver()
    return name in resolver.reverse_dict


@pytest.mark.parametrize("guide", FILES)
def test_every_section_that_a_screen_leads_to_is_there(guide: str) -> None:
    _title, headings, text = rendered(guide)
    comments = SECTION.findall(source_of(guide))
    assert len(comments) == source_of(guide).count("<!--")
    named = [screen for _heading, screens in comments for screen in screens.split()]
    assert named == [screen for screen, (of, _heading) in sections().items() if of == guide]  # each once
    assert re.findall(r'<h2 id="([^"]+)"', text) == [anchor for anchor, _heading in headings]
    assert len({anchor for anchor, _heading in headings}) == len(headings)
    assert not re.search("style=|<!--", text)


def test_every_picture_that_is_shown_is_taken_by_the_command_and_light() -> None:
    texts = [settings.BASE_DIR / "README.md", *(settings.BASE_DIR / "docs" / name for name in FILES.values())]
    shown = [name for text in texts for name in re.findall(r"\(\S*static/img/guide/(\S+)\.webp\)", text.read_text())]
    assert set(shown) == {picture.name for picture in PICTURES}
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(sizes) == {f"{name}.webp" for name in shown}
    assert [name for name, size in sizes.items() if size > MOST_BYTES] == []


@pytest.mark.parametrize("guide", FILES)
def test_a_picture_says_what_it_shows_and_comes_when_it_is_scrolled_to(guide: str) -> None:
    images = Page(str(rendered(guide)[2])).attrs_of("img")
    assert images
    for image in images:
        assert image["src"].startswith("/static/img/guide/")
        assert (image["loading"], image["width"], image["height"]) == ("lazy", str(WIDTH), str(HEIGHT))
        assert image["alt"]


@pytest.mark.parametrize(
    ("address", "guide", "heading"),
    [
        ("/manage/", MANAGER, "Сегодня"),
        ("/manage/orders/", MANAGER, "Списки и поиск"),
        ("/manage/coworking/calendar/", MANAGER, "Календарь"),
        ("/manage/check-in/", MANAGER, "Проход по билетам"),
        ("/my/profile/", CUSTOMER, "Мой профиль"),
    ],
)
@pytest.mark.django_db
def test_the_question_mark_leads_to_what_the_guide_says_of_the_screen(
    client: Client, address: str, guide: str, heading: str
) -> None:
    client.force_login(make_manager(location=make_location()))
    page = read(client.get(address))
    [link] = [one for one in page.attrs_of("a") if one.get("aria-label") == "Справка по этой странице"]
    assert link["href"] == f"/guide/{guide}/#{anchor_of(heading)}"


@pytest.mark.django_db
def test_a_guide_is_read_by_everybody_and_another_is_not_there(client: Client) -> None:
    for guide in FILES:
        assert client.get(f"/guide/{guide}/").status_code == 200
    assert client.get("/guide/operations/").status_code == 404


@pytest.mark.django_db
def test_managers_read_their_guide_beside_their_menu(client: Client) -> None:
    def menu(user: User, guide: str) -> set[str]:
        client.force_login(user)
        links = {one.get("href", "") for one in read(client.get(f"/guide/{guide}/")).attrs_of("a")}
        return links & {"/manage/money/", "/my/bookings/"}

    manager, customer = make_manager(location=make_location()), make_user()
    assert menu(manager, MANAGER) == {"/manage/money/"}
    assert menu(manager, CUSTOMER) == menu(customer, MANAGER) == menu(customer, CUSTOMER) == {"/my/bookings/"}

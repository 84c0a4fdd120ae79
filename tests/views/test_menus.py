"""The menus of every page are loaded when opened, and without scripts as pages."""

import pytest
from django.test import Client

from accounts.models import Membership, Role
from tests.factories import make_location, make_manager, make_member, make_user
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OWN = {
    "/my/profile/",
    "/accounts/sign-ins/",
    "/accounts/reminders/",
    "/accounts/factors/",
    "/accounts/password/change/",
}
OF_STAFF = {"/manage/programs/", "/manage/companies/", "/manage/reports/"}
OF_ADMINISTRATORS = {"/manage/access-log/", "/manage/people/import/", "/manage/people/merge/", "/manage/erasures/"}
BY_SCRIPT = {"HX-Request": "true"}
MENUS = ["/menu/me/", "/menu/interfaces/", "/menu/locations/"]


def links(client: Client, url: str) -> set[str]:
    """Return the links of a menu opened by a script."""
    page = read(client.get(url, headers=BY_SCRIPT))
    assert not page.attrs_of("html")
    return set(page.links())


def asked_for(client: Client, url: str) -> list[str]:
    """Return the URLs that a page loads its menus from."""
    return [link for link in read(client.get(url)).links() if link.startswith("/menu/")]


def test_a_menu_has_what_belongs_to_the_interface_it_is_opened_in(client: Client) -> None:
    manager = make_manager(location=make_location())
    client.force_login(manager)
    assert asked_for(client, "/manage/orders/") == [MENUS[2], f"{MENUS[1]}?manage=1", f"{MENUS[0]}?manage=1"]
    assert asked_for(client, "/my/profile/") == [MENUS[1], MENUS[0]]
    assert links(client, f"{MENUS[0]}?manage=1") == {*OWN, *OF_STAFF, "/my/orders/"}
    assert links(client, MENUS[0]) == {*OWN, "/my/waiting/", "/manage/"}
    assert links(client, MENUS[1]) == {"/my/orders/", "/manage/"}


def test_an_administrator_has_every_section_at_hand_on_a_phone(client: Client) -> None:
    client.force_login(make_member(location=make_location(), role=Role.LOCATION_ADMINISTRATOR))
    assert links(client, f"{MENUS[0]}?manage=1") == {*OWN, *OF_STAFF, *OF_ADMINISTRATORS, "/my/orders/"}


def test_locations_are_those_of_the_person(client: Client) -> None:
    own, other, _foreign = (make_location() for _ in range(3))
    manager = make_manager(location=own)
    Membership.objects.create(user=manager, location=other, role=Role.RENTAL_MANAGER)
    client.force_login(manager)
    page = read(client.get(MENUS[2], headers=BY_SCRIPT))
    assert {button["value"] for button in page.attrs_of("button", name="location")} == {str(own.pk), str(other.pk)}


def test_a_customer_gets_no_sections_of_managers(client: Client) -> None:
    client.force_login(make_user())
    assert links(client, f"{MENUS[0]}?manage=1") == links(client, MENUS[0]) == {*OWN, "/my/waiting/"}
    assert asked_for(client, "/my/profile/") == [MENUS[0]]
    assert client.get("/menu/other/").status_code == 404


@pytest.mark.parametrize("menu", MENUS)
def test_without_a_script_a_menu_is_a_page(client: Client, menu: str) -> None:
    client.force_login(make_manager(location=make_location()))
    page, shown = read(client.get(f"{menu}?manage=1")), read(client.get(f"{menu}?manage=1", headers=BY_SCRIPT))
    assert shown.attrs_of("a") or shown.attrs_of("button")
    for tag in ("a", "button"):
        assert [attrs for attrs in shown.attrs_of(tag) if attrs not in page.attrs_of(tag)] == []
    assert "/manage/money/" in page.links()
    assert "/manage/money/" not in read(client.get(menu)).links()


def test_the_round_picture_begins_like_the_name_beside_it(client: Client) -> None:
    client.force_login(make_user(first_name="Ольга", last_name="Крылова"))
    words = client.get("/my/profile/").content.decode().partition('class="avatar"')[2]
    assert words.startswith(' aria-hidden="true">ОК</span>')

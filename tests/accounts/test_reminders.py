"""Choosing whether to get reminders of bookings."""

import pytest
from django.test import Client

from accounts.domain.reminders import token_of
from accounts.models import User
from tests.factories import make_user
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return make_user()


def wants(person: User) -> bool:
    return User.objects.get(pk=person.pk).wants_reminders


def test_a_person_chooses_when_signed_in(person: User, client: Client) -> None:
    client.force_login(person)
    page = client.get("/accounts/reminders/").content.decode()
    assert "Перед началом бронирования мы присылаем письмо" in page
    answer = client.post("/accounts/reminders/", {"wants": "no"})
    assert (answer.status_code, wants(person)) == (302, False)
    assert "Мы не напоминаем" in client.get("/accounts/reminders/").content.decode()
    client.post("/accounts/reminders/", {"wants": "yes"})
    assert wants(person)


def test_the_link_of_a_letter_needs_no_sign_in(person: User, client: Client) -> None:
    other, url = make_user(), f"/reminders/{token_of(person.pk)}/"
    assert "Не напоминать" in client.get(url).content.decode()
    assert wants(person)  # opening it changes nothing: programs open links, too
    client.post(url, {"wants": "no"})
    assert (wants(person), wants(other)) == (False, True)


def test_the_button_of_a_mail_program_posts_without_a_page(person: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"/reminders/{token_of(person.pk)}/", {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, wants(person)) == (204, False)


def test_the_link_of_a_letter_still_counts_after_records_were_merged(person: User, client: Client) -> None:
    kept, url = make_user(), f"/reminders/{token_of(person.pk)}/"
    gone = {"phone": None, "email": None, "is_active": False, "wants_reminders": False, "merged_into": kept}
    User.objects.filter(pk=person.pk).update(**gone)
    assert "Не напоминать" in client.get(url).content.decode()
    client.post(url, {"wants": "no"})
    assert not wants(kept)


@pytest.mark.parametrize("token", ["1", "1:abc:def", "x"])
def test_a_token_cannot_be_made_up(token: str, person: User, client: Client) -> None:
    before = saved_rows()
    assert client.post(f"/reminders/{token}/", {"wants": "no"}).status_code == 404
    assert saved_rows() == before


def test_the_token_of_somebody_who_is_gone_leads_nowhere(client: Client) -> None:
    assert client.get(f"/reminders/{token_of(10**6)}/").status_code == 404


def test_the_link_of_a_letter_is_over_once_its_person_was_erased(person: User, client: Client) -> None:
    merged = make_user()
    erased = {"phone": None, "email": None, "is_active": False, "wants_reminders": False, "erased_at": NOW}
    User.objects.filter(pk=person.pk).update(**erased)
    User.objects.filter(pk=merged.pk).update(**erased, merged_into=person)
    before = saved_rows()
    for one in (person, merged):
        url = f"/reminders/{token_of(one.pk)}/"
        assert client.get(url).status_code == 404
        assert client.post(url, {"wants": "yes"}).status_code == 404
    assert saved_rows() == before
    assert not wants(person)

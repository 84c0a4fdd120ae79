"""«Мой профиль»: name, e-mail, phone and devices of the signed-in person."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import SecurityEvent, User
from tests.factories import make_user
from tests.snapshots import saved_rows
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PASSWORD = "olvery-demo"
OLD, NEW = "petrov@example.com", "ivan@example.com"


@pytest.fixture(autouse=True)
def no_counts() -> None:
    """Clear the rate limits of other tests, which are counted in the cache."""
    cache.clear()


@pytest.fixture
def person() -> User:
    return make_user(phone="+79162044821", email=OLD, password=PASSWORD)


@pytest.fixture
def mine(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


def contacts(person: User) -> tuple[str, str]:
    person = again(person)
    return str(person.email), str(person.phone)


def code_in(letter: Any) -> str:
    found = re.search(r"^[A-Z0-9-]{6,}$", letter.body, re.MULTILINE)
    return found[0] if found else ""


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_person_corrects_the_own_name(mine: Client, person: User) -> None:
    typed = {"last_name": " Петров-Водкин ", "first_name": "Иван", "middle_name": "Андреевич", "company": "ООО «Ветер»"}
    assert mine.post("/my/profile/name/", typed).headers["Location"] == "/my/profile/"
    person = again(person)
    assert (person.full_name, person.company) == ("Петров-Водкин Иван Андреевич", "ООО «Ветер»")
    assert list(User.objects.found_by("водкин", limit=5)) == []  # the beginning of a name finds it
    assert list(User.objects.found_by("петров-в", limit=5)) == [person]
    page = text_of(mine.get("/my/profile/"))
    assert "Петров-Водкин Иван Андреевич" in page
    assert "ООО «Ветер»" in page


def test_a_name_that_is_none_is_refused_at_its_field(mine: Client) -> None:
    before = saved_rows()
    answer = mine.post("/my/profile/name/", {"last_name": "Петров", "first_name": "123"})
    assert answer.status_code == 422
    assert "Укажите имя русскими или латинскими буквами" in text_of(answer)
    assert 'value="Петров"' in text_of(answer)
    assert [attrs["name"] for attrs in read(answer).attrs_of("input") if "autofocus" in attrs] == ["first_name"]
    assert saved_rows() == before


def test_a_new_e_mail_replaces_the_old_one_after_its_code(mine: Client, person: User) -> None:
    answer = mine.post("/my/profile/email/", {"email": " Ivan@Example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/profile/code/")
    assert contacts(person)[0] == OLD  # nothing is replaced before the code
    assert f"код отправлен на {NEW}" in text_of(mine.get("/my/profile/"))

    wrong = mine.post("/my/profile/code/", {"code": "AAAAAA"})
    assert (wrong.status_code, contacts(person)[0]) == (422, OLD)
    assert "Код не тот" in text_of(wrong)

    code = code_in(mail.outbox[0])
    assert mine.post("/my/profile/code/", {"code": code.lower()}).headers["Location"] == "/my/profile/"
    assert contacts(person)[0] == NEW
    assert [letter.to for letter in mail.outbox] == [[NEW], [OLD]]
    assert f"Электронная почта вашей учётной записи Olvery теперь {NEW}" in mail.outbox[1].body
    assert SecurityEvent.objects.filter(person=person).latest("pk").kind == "email"
    assert Client().post("/accounts/login/", {"login": OLD, "password": PASSWORD}).status_code == 200
    assert Client().post("/accounts/login/", {"login": NEW, "password": PASSWORD}).status_code == 302


def test_a_code_counts_once_in_one_browser_and_for_three_tries(mine: Client, person: User) -> None:
    mine.post("/my/profile/email/", {"email": NEW})
    code, other = code_in(mail.outbox[0]), Client()
    other.force_login(person)
    assert other.post("/my/profile/code/", {"code": code}).status_code == 422
    for _ in range(3):
        mine.post("/my/profile/code/", {"code": "AAAAAA"})
    answer = mine.post("/my/profile/code/", {"code": code})
    assert "больше не действует" in text_of(answer)
    assert (answer.status_code, contacts(person)[0]) == (422, OLD)


def test_nobody_learns_here_whose_an_e_mail_is(mine: Client, person: User) -> None:
    stranger = make_user(email="anna@example.com")
    answers = [mine.post("/my/profile/email/", {"email": email}) for email in ("anna@example.com", NEW)]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/my/profile/code/")] * 2
    assert "уже принадлежит учётной записи" in mail.outbox[0].body
    mine.post("/my/profile/email/", {"email": "anna@example.com"})
    assert mine.post("/my/profile/code/", {"code": code_in(mail.outbox[0])}).status_code == 422
    assert [contacts(one)[0] for one in (person, stranger)] == [OLD, "anna@example.com"]


def test_an_e_mail_that_was_taken_meanwhile_stays_with_whoever_has_it(mine: Client, person: User) -> None:
    mine.post("/my/profile/email/", {"email": NEW})
    make_user(email=NEW)
    answer = mine.post("/my/profile/code/", {"code": code_in(mail.outbox[0])}, follow=True)
    assert "указан в другой учётной записи" in text_of(answer)
    assert contacts(person)[0] == OLD
    assert not SecurityEvent.objects.filter(person=person, kind="email").exists()
    assert len(mail.outbox) == 1  # the old address is not told of a change that there was not


def test_a_new_phone_is_confirmed_by_a_code_to_the_e_mail(mine: Client, person: User) -> None:
    assert "СМС мы не отправляем" in text_of(mine.get("/my/profile/phone/"))
    mine.post("/my/profile/phone/", {"phone": "8 921 555-44-33"})
    assert (mail.outbox[0].to, contacts(person)[1]) == ([OLD], "+79162044821")
    mine.post("/my/profile/code/", {"code": code_in(mail.outbox[0])})
    assert contacts(person)[1] == "+79215554433"
    assert SecurityEvent.objects.filter(person=person).latest("pk").kind == "phone"


def test_a_phone_of_another_is_said_on_the_page_and_in_no_letter(mine: Client, person: User) -> None:
    make_user(phone="+79215554433", phone_is_claim=True)
    before = contacts(person)
    mine.post("/my/profile/phone/", {"phone": "8 921 555-44-33"})
    answer = mine.post("/my/profile/code/", {"code": code_in(mail.outbox[0])}, follow=True)
    assert "указан в другой учётной записи" in text_of(answer)
    assert (contacts(person), len(mail.outbox)) == (before, 1)


def test_whoever_has_no_e_mail_gives_one_first(client: Client) -> None:
    client.force_login(make_user(email=None))
    answer = client.get("/my/profile/phone/", follow=True)
    assert answer.redirect_chain == [("/my/profile/email/", 302)]
    assert "Сначала укажите электронную почту" in text_of(answer)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", OLD, "Это уже ваша электронная почта"),
        ("email", "ivan@", "Введите правильный адрес электронной почты"),
        ("email", "", "Укажите электронную почту"),
        ("phone", "+7 916 204-48-21", "Это уже ваш телефон"),
        ("phone", "8 921 55", "Не хватает"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_at_its_field(mine: Client, field: str, typed: str, said: str) -> None:
    answer = mine.post(f"/my/profile/{field}/", {field: typed})
    assert (answer.status_code, len(mail.outbox)) == (422, 0)
    assert said in text_of(answer)


def test_letters_are_counted(mine: Client) -> None:
    statuses = [mine.post("/my/profile/email/", {"email": NEW}).status_code for _ in range(4)]
    assert (statuses, len(mail.outbox)) == ([302, 302, 302, 422], 3)


def test_a_mail_server_that_is_away_changes_nothing(mine: Client, person: User, settings: Any) -> None:
    mine.post("/my/profile/email/", {"email": NEW})
    code = code_in(mail.outbox[0])
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "Не удалось отправить" in text_of(mine.post("/my/profile/code/", {"code": code}, follow=True))
    answer = mine.post("/my/profile/phone/", {"phone": "8 921 555-44-33"})
    assert (answer.status_code, contacts(person)) == (422, (OLD, "+79162044821"))
    assert "Письмо не отправилось" in text_of(answer)


def test_a_person_ends_one_session_or_all_others(person: User) -> None:
    here, phone, tablet = (Client(REMOTE_ADDR=f"192.0.2.{number}") for number in (7, 8, 9))
    stranger = Client()
    for client, who in ((here, person), (phone, person), (tablet, person), (stranger, make_user(password=PASSWORD))):
        client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    page = text_of(here.get("/my/profile/"))
    rows = dict(re.findall(r'data-session="(\d+)".*?(192\.0\.2\.\d)', page, re.DOTALL))
    assert (len(rows), page.count("Вы здесь")) == (3, 1)
    ending = next(pk for pk, address in rows.items() if address == "192.0.2.8")

    assert stranger.post(f"/my/profile/sessions/{ending}/end/").status_code == 404
    here.post(f"/my/profile/sessions/{ending}/end/")
    signed_in = [client.get("/my/profile/").status_code == 200 for client in (here, phone, tablet, stranger)]
    assert signed_in == [True, False, True, True]

    here.post("/my/profile/sessions/end-others/")
    signed_in = [client.get("/my/profile/").status_code == 200 for client in (here, phone, tablet, stranger)]
    assert signed_in == [True, False, False, True]
    kinds = SecurityEvent.objects.filter(person=person).order_by("-pk").values_list("kind", flat=True)
    assert list(kinds[:2]) == ["others_off", "session_off"]


def test_a_code_for_signing_in_that_went_to_a_former_e_mail_is_over(mine: Client, person: User) -> None:
    stranger = Client()
    stranger.post("/accounts/login/code/", {"login": OLD})
    mine.post("/my/profile/email/", {"email": NEW})
    mine.post("/my/profile/code/", {"code": code_in(mail.outbox[-1])})
    assert contacts(person)[0] == NEW

    stranger.post("/accounts/login/code/confirm/", {"code": code_in(mail.outbox[0])})
    assert "_auth_user_id" not in stranger.session

"""Signing in, the languages, the locations, and headers of every response."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, Role, User
from coworking.models import Location
from tests.factories import make_location, make_manager, make_order, make_user
from tests.views.pages import read, shortened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SIGN_IN = "/accounts/login/"
PASSWORD = "olvery-demo"


@pytest.fixture
def person() -> User:
    return make_user(phone="+79162044821", email="petrov@example.com", password=PASSWORD)


@pytest.fixture(autouse=True)
def no_counts() -> None:
    """Clear the rate limits of other tests, which are counted in the cache."""
    cache.clear()


def who(client: Client) -> int | None:
    """Return the key of the person who is signed in."""
    key = client.session.get("_auth_user_id")
    return int(key) if key else None


@pytest.mark.parametrize(
    "login",
    [
        "petrov@example.com",
        "Petrov@Example.COM",
        " petrov@example.com ",
        "+79162044821",
        "+7 (916) 204-48-21",
        "8 916 204 48 21",
        "89162044821",
        "9162044821",
        "+7 916 204-48-21",
    ],
)
def test_a_person_signs_in_with_e_mail_or_phone_in_any_spelling(client: Client, person: User, login: str) -> None:
    response = client.post(SIGN_IN, {"login": login, "password": PASSWORD})
    assert response.status_code == 302
    assert response.headers["Location"] == "/"
    assert who(client) == person.pk


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("petrov@example.com", "wrong"),
        ("+79162044821", "wrong"),
        ("petrov@example.com", ""),
        ("", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("8 912 345-67-8", PASSWORD),
        ("petrov", PASSWORD),
        ("١٢", PASSWORD),
        ("' OR ''='", PASSWORD),
        ("9" * 5000, PASSWORD),
        ("\0", PASSWORD),
        ("petrov@example.com", "\0"),
        ("😀@example.com", "😀"),
    ],
    ids=shortened,
)
def test_anything_else_does_not_sign_in_and_keeps_the_login(
    client: Client, person: User, login: str, password: str
) -> None:
    response = client.post(SIGN_IN, {"login": login, "password": password})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert who(client) is None
    form = next(form for form in read(response).forms if "login" in form.values)
    assert form.values["login"] == [login]
    assert form.values["password"] == [""]


def test_a_person_without_a_password_cannot_sign_in_with_one(client: Client) -> None:
    person = make_user()
    for password in ("", "None", "!"):
        client.post(SIGN_IN, {"login": person.email, "password": password})
    assert who(client) is None


def test_an_inactive_person_does_not_get_in(client: Client, person: User) -> None:
    User.objects.update(is_active=False)
    client.post(SIGN_IN, {"login": person.email, "password": PASSWORD})
    assert client.get("/my/orders/").status_code == 302


def test_the_owner_of_a_closed_account_reads_whom_to_ask(client: Client) -> None:
    location = make_location(phone="+78312530117")
    page = client.get("/accounts/inactive/").content.decode()
    assert "Эта учётная запись закрыта" in page
    assert [where in page for where in ("tel:+78312530117", f"mailto:{location.reply_email}")] == [True, True]
    assert "Она появится с первым бронированием" not in page


def test_guessing_is_stopped_even_for_the_right_password(client: Client, person: User) -> None:
    for _ in range(6):
        client.post(SIGN_IN, {"login": person.email, "password": "wrong"})
    response = client.post(SIGN_IN, {"login": person.email, "password": PASSWORD})
    assert response.status_code in (200, 429)
    assert who(client) is None


def test_guessing_for_one_person_does_not_lock_others_out(client: Client, person: User) -> None:
    other = make_user(password=PASSWORD)
    for _ in range(6):
        client.post(SIGN_IN, {"login": person.email, "password": "wrong"})
    client.post(SIGN_IN, {"login": other.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    assert who(client) == other.pk


def test_after_sign_in_the_page_that_was_asked_for_opens(client: Client, person: User) -> None:
    asked = client.get("/my/orders/?view=past").headers["Location"]
    form = next(form for form in read(client.get(asked)).forms if "login" in form.values)
    response = client.post(form.attrs["action"], {**form.values, "login": person.email, "password": PASSWORD})
    assert response.headers["Location"] == "/my/orders/?view=past"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_leads_to_no_other_site(client: Client, person: User, page: str) -> None:
    response = client.post(SIGN_IN, {"login": person.email, "password": PASSWORD, "next": page})
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def ask_for_a_code(client: Client, email: str) -> Any:
    """Ask for a code by e-mail."""
    return client.post(f"{SIGN_IN}code/", {"login": email})


def code_in(letter: Any) -> str:
    """Return the only code in a letter."""
    (code,) = (word for word in re.findall(r"\b[A-Z0-9]{3,}-?[A-Z0-9]{3,}\b", str(letter.body)) if word.isupper())
    return str(code)


def test_a_person_without_a_password_signs_in_with_a_code_by_e_mail(client: Client) -> None:
    person = make_user(email="maria@example.com")
    asked = read(client.get(f"{SIGN_IN}code/"))
    assert "Электронная почта" in asked.html
    assert "Телефон" not in asked.html

    response = ask_for_a_code(client, "Maria@example.com")
    assert response.headers["Location"] == f"{SIGN_IN}code/confirm/"
    assert client.get(response.headers["Location"]).status_code == 200
    (letter,) = mail.outbox
    assert letter.to == ["maria@example.com"]
    code = code_in(letter)

    wrong = client.post(f"{SIGN_IN}code/confirm/", {"code": "AAAAAA"})
    assert who(client) is None
    assert wrong.status_code == 200
    right = client.post(f"{SIGN_IN}code/confirm/", {"code": code})
    assert right.status_code == 302
    assert who(client) == person.pk


def test_a_code_for_a_stranger_does_not_tell_that_nobody_is_there(client: Client) -> None:
    known, unknown = make_user(), "nobody@example.com"
    browsers = [Client(), Client()]
    answers = [ask_for_a_code(*asked) for asked in zip(browsers, (known.email or "", unknown), strict=True)]
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {
        (302, f"{SIGN_IN}code/confirm/")
    }
    led_to = {browser.get("/accounts/factors/authenticate/").headers["Location"] for browser in browsers}
    assert len(led_to) == 1


@pytest.mark.parametrize("email", ["", "petrov", "\0", "9" * 5000, "+79162044821"], ids=shortened)
def test_a_code_goes_to_an_e_mail_only(client: Client, person: User, email: str) -> None:
    assert ask_for_a_code(client, email).status_code == 200
    assert mail.outbox == []


def test_a_session_that_no_database_could_store_is_none() -> None:
    answer = Client().get("/my/orders/", headers={"Cookie": r'sessionid="aaaaaaaa\000"'})
    assert answer.headers["Location"] == "/accounts/login/?next=/my/orders/"


def test_nobody_signs_up_alone(client: Client) -> None:
    typed = {"email": "new@example.com", "password1": "long-enough-word", "password2": "long-enough-word"}
    for response in (client.get("/accounts/signup/"), client.post("/accounts/signup/", typed)):
        assert response.status_code == 200
        assert "password1" not in response.content.decode()
    assert not User.objects.exists()
    assert who(client) is None
    assert "/accounts/signup/" not in read(client.get(SIGN_IN)).links()


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("email/", {"action_add": "", "email": "victim@example.com"}),
        ("email/", {"action_send": "", "email": "victim@example.com"}),
        ("phone/change/", {"phone": "+79160000001"}),
        ("phone/verify/", {"code": "123456"}),
        ("confirm-email/", {}),
        ("confirm-email/abc/", {}),
    ],
)
def test_nobody_attaches_an_e_mail_or_a_phone(client: Client, person: User, path: str, typed: dict[str, str]) -> None:
    client.force_login(person)
    for answer in (client.get(f"/accounts/{path}"), client.post(f"/accounts/{path}", typed)):
        assert answer.status_code == 404
    person.refresh_from_db()
    assert (person.email, person.phone, EmailAddress.objects.count()) == ("petrov@example.com", "+79162044821", 0)


def test_a_code_leads_to_whose_e_mail_it_is(client: Client, person: User) -> None:
    owner, attacker = make_user(email="victim@example.com"), Client()
    attacker.force_login(person)
    attacker.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    attacker.post("/accounts/email/", {"action_add": "", "email": "victim@example.com"})
    mail.outbox.clear()

    ask_for_a_code(client, "victim@example.com")
    client.post(f"{SIGN_IN}code/confirm/", {"code": code_in(mail.outbox[0])})

    assert who(client) == owner.pk
    ask_for_a_code(Client(), "new@example.com")
    assert "Учётной записи с такой почтой нет" in str(mail.outbox[-1].body)  # nobody has it


def test_signing_out_takes_a_button(client: Client, person: User) -> None:
    client.force_login(person)
    client.get("/accounts/logout/")
    assert who(client) == person.pk
    assert client.post("/accounts/logout/").status_code == 302
    assert who(client) is None


def location_now(client: Client) -> Location:
    """Return the location the person works at."""
    location: Location = client.get("/manage/orders/").context["access"].location
    return location


def test_a_person_switches_between_the_own_locations_alone(client: Client) -> None:
    first, second = make_location(name="Альфа"), make_location(name="Бета")
    person = make_manager(location=first)
    Membership.objects.create(user=person, location=second, role=Role.RENTAL_MANAGER)
    orders = [make_order(by=person), make_order()]
    client.force_login(person)
    assert location_now(client) == first

    assert client.post("/switch/location/", {"location": second.pk}).headers["Location"] == "/"
    assert location_now(client) == second
    for junk in (orders[0].location_id, "", "junk", "9" * 5000, "1 OR 1=1", "١٢", "\0", 0, -1):
        assert client.post("/switch/location/", {"location": junk}).status_code == 302
        assert location_now(client) == second


def test_people_land_where_they_work(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get("/").headers["Location"] == "/my/orders/"
    client.force_login(make_manager(location=make_location()))
    assert client.get("/").headers["Location"] == "/manage/"


def test_pages_that_refuse_keep_the_navigation(client: Client, person: User) -> None:
    assert "nav-item" not in client.get("/nowhere/").content.decode()
    client.force_login(person)
    for address, status in (("/nowhere/", 404), ("/my/orders/99999/", 404), ("/manage/orders/", 403)):
        response = client.get(address)
        assert response.status_code == status
        assert "/my/bookings/" in read(response).links(), address
        assert "/manage/orders/" not in read(response).links(), address
        assert len(read(response).text["h1"]) == 1


def test_the_closed_registration_says_how_to_get_an_account_and_leads_back(client: Client) -> None:
    page = read(client.get("/accounts/signup/"))
    assert [text.strip() for text in page.text["h1"]] == ["Регистрация"]
    assert SIGN_IN in page.links()


def test_the_button_of_an_account_page_is_the_primary_one(client: Client, person: User) -> None:
    client.force_login(person)
    page = read(client.get("/accounts/password/change/"))
    buttons = [button for button in page.attrs_of("button", type="submit") if "btn" in button.get("class", "")]
    assert [button.get("data-variant") for button in buttons] == ["primary"]
    assert page.attrs_of("body", **{"class": "roomy"})


def test_too_many_attempts_are_answered_in_russian(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    for _ in range(2):
        answer = client.post(SIGN_IN, {"login": "nobody@example.com", "password": "wrong"})
    assert answer.status_code == 429
    assert read(answer).text["h1"] == ["Слишком много попыток подряд"]


def test_the_page_for_a_new_password_names_whom_to_ask(client: Client) -> None:
    make_location(name="Парк Тест", phone="+78312530117", reply_email="park@example.com")
    make_location(name="Закрыт", is_active=False, reply_email="closed@example.com")
    sent = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert sent.headers["Location"] == "/accounts/password/reset/done/"
    for page in ("/accounts/password/reset/", sent.headers["Location"]):
        html = client.get(page).content.decode()
        assert 'href="tel:+78312530117"' in html
        assert 'href="mailto:park@example.com"' in html
        assert "closed@example.com" not in html


@pytest.mark.parametrize(
    ("url", "typed", "subject", "said"),
    [
        ("login/code/", {"login": "petrov@example.com"}, "Код для входа", "Код действует 15 минут."),
        ("password/reset/", {"email": "petrov@example.com"}, "Новый пароль", "/accounts/password/reset/key/"),
        ("login/code/", {"login": "nobody@example.com"}, "Нет такой учётной записи", "http://testserver/services/"),
    ],
)
def test_a_letter_about_signing_in_is_ours(
    client: Client, person: User, url: str, typed: dict[str, str], subject: str, said: str
) -> None:
    client.post(f"/accounts/{url}", typed)
    [letter] = mail.outbox
    assert (letter.subject, said in letter.body) == (subject, True)
    for words in ("приветствует", "Благодарим", "игнор", "signup", "учетн"):
        assert words not in letter.body


def test_a_link_to_a_new_password_works_once(client: Client, person: User) -> None:
    client.post("/accounts/password/reset/", {"email": "petrov@example.com"})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    saved = client.post(
        form.request["PATH_INFO"], {"password1": "new-olvery-demo-1", "password2": "new-olvery-demo-1"}, follow=True
    )
    assert "Новый пароль действует" in saved.content.decode()
    person.refresh_from_db()
    assert person.check_password("new-olvery-demo-1")
    over = client.get(link[1]).content.decode()
    assert "Эта ссылка уже не действует" in over
    assert 'href="/accounts/password/reset/"' in over


def test_the_page_for_a_code_has_one_way_on_and_one_back(client: Client, person: User) -> None:
    client.post("/accounts/login/code/", {"login": "petrov@example.com"})
    page = read(client.get("/accounts/login/code/confirm/"))
    buttons = page.attrs_of("button", type="submit", **{"class": "btn"})
    assert [one.get("data-variant", "") for one in buttons] == ["primary", ""]
    assert "petrov@example.com" in page.html
    assert client.post("/accounts/logout/", {"next": SIGN_IN}).headers["Location"] == SIGN_IN
    assert read(client.get(SIGN_IN)).attrs_of("input", name="login")


@pytest.mark.parametrize(("path", "field"), [("login/code/", "login"), ("password/reset/", "email")])
@pytest.mark.parametrize("email", ["petrov@example.com", "nobody@example.com"])
def test_a_mail_server_that_is_away_is_told_at_the_address(
    client: Client, person: User, settings: Any, path: str, field: str, email: str
) -> None:
    """The same for known and unknown addresses."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer: Any = client.post(f"/accounts/{path}", {field: email})
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {field: ["Письмо не отправилось. Повторите через минуту."]},
    )
    assert read(answer).attrs_of("input", name=field)[0]["value"] == email
    assert answer.content.decode().count("Письмо не отправилось. Повторите через минуту.") == 1
    assert "account_login_code" not in "".join(client.session.keys())

"""Codes by text message: signing in, confirming a phone, booking with one."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import SecurityEvent, User
from olvery.shared import outgoing, text_messages
from olvery.shared.text_messages import TextNotSent
from tests.factories import make_user
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PHONE, TYPED = "+79162044821", "8 (916) 204-48-21"
ASKED, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
sent: list[tuple[str, str]] = []


def keep(phone: str, text: str) -> None:
    sent.append((phone, text))


def fail(phone: str, text: str) -> None:
    raise TextNotSent("away")


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    cache.clear()
    sent.clear()
    settings.SMS_SENDER = f"{__name__}.keep"


def code() -> str:
    return sent[-1][1].split(":")[1].split(".")[0].strip()


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def ask(client: Client, login: str = TYPED) -> Any:
    return client.post(ASKED, {"login": login})


def test_a_code_by_text_message_signs_in() -> None:
    person, client = make_user(phone=PHONE), Client()
    assert ask(client).headers["Location"] == CONFIRM
    assert sent == [(PHONE, f"Код Olvery: {code()}. Никому его не сообщайте.")]
    assert (len(sent[0][1]) <= 70, len(code()), code().isdigit()) == (True, 6, True)
    client.post(CONFIRM, {"code": "000000" if code() != "000000" else "111111"})
    assert not is_in(client)
    client.post(CONFIRM, {"code": code()})
    assert is_in(client)
    kept = SecurityEvent.objects.filter(person=person).order_by("pk").values_list("kind", "method")
    assert list(kept) == [("code_sent", "text"), ("failed", "text"), ("signed_in", "text")]
    assert client.get("/accounts/sign-ins/").content.decode().count("код из СМС") == 3


@pytest.mark.parametrize("another", ["+79031112233", None])
def test_a_code_for_a_phone_that_is_theirs_no_more_signs_nobody_in(another: str | None) -> None:
    person, client = make_user(phone=PHONE), Client()
    ask(client)
    User.objects.filter(pk=person.pk).update(phone=another)
    client.post(CONFIRM, {"code": code()})
    assert not is_in(client)
    User.objects.filter(pk=person.pk).update(phone=PHONE)
    client.post(CONFIRM, {"code": code()})
    assert not is_in(client)  # a code that was refused once stays invalid


def test_an_e_mail_still_gets_its_code_by_letter() -> None:
    make_user(email="petrov@example.com")
    ask(Client(), "petrov@example.com")
    assert ([letter.to for letter in mail.outbox], sent) == ([["petrov@example.com"]], [])


def test_an_unknown_phone_is_told_only_by_text_message() -> None:
    make_user(phone="+79031112233")
    known, unknown = Client(), Client()
    pages = [ask(known, "+7 903 111-22-33"), ask(unknown, TYPED)]
    assert [page.headers["Location"] for page in pages] == [CONFIRM, CONFIRM]
    shown = [client.get(CONFIRM).content.decode() for client in (known, unknown)]
    assert shown[0].replace("+79031112233", "…")[:200] == shown[1].replace(PHONE, "…")[:200]
    assert sent[1] == (PHONE, "Olvery: по этому номеру никто не входит. Войдите по почте.")


def test_no_code_goes_to_a_phone_that_is_only_claimed() -> None:
    make_user(phone=PHONE, phone_is_claim=True)
    client = Client()
    ask(client)
    client.post(CONFIRM, {"code": code()})
    assert ("никто не входит" in sent[0][1], is_in(client)) == (True, False)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("8 916", "Не хватает"),
        ("+1 202 555 0143", "только на российские номера"),
        ("+7 701 234-56-78", "только на российские номера"),
        ("petrov@", "правильный адрес"),
        ("", "Обязательное поле"),
    ],
)
def test_a_malformed_contact_is_refused_at_the_field(typed: str, said: str) -> None:
    answer = ask(Client(), typed)
    assert (said in answer.content.decode(), sent, mail.outbox) == (True, [], [])


def test_text_messages_are_counted_by_phone_client_and_site(settings: Any) -> None:
    make_user(phone=PHONE)
    answers = [ask(Client(REMOTE_ADDR=f"203.0.113.{number}")) for number in range(3)]
    assert (len(sent), "Слишком много СМС" in answers[-1].content.decode()) == (2, True)
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "texts_of_the_site": "3/d/key"}
    for number in range(5):
        ask(Client(REMOTE_ADDR=f"203.0.113.{number}"), f"+7916000000{number}")
    assert len(sent) == 5  # three of them


def test_a_gateway_that_is_away_is_said_and_nobody_waits_for_a_code(settings: Any) -> None:
    make_user(phone=PHONE)
    settings.SMS_SENDER = f"{__name__}.fail"
    client, before = Client(), saved_rows()
    answer = client.post(ASKED, {"login": TYPED}, follow=True)
    assert (answer.redirect_chain, saved_rows() == before) == ([(ASKED, 302)], True)
    assert "СМС не удалось отправить" in answer.content.decode()


def test_without_a_gateway_a_code_goes_to_an_e_mail_alone(settings: Any) -> None:
    settings.SMS_SENDER = ""
    make_user(phone=PHONE)
    answer = ask(Client())
    assert (answer.status_code, "правильный адрес" in answer.content.decode()) == (200, True)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_new_phone_is_confirmed_by_a_code_that_goes_there() -> None:
    person = make_user(phone=PHONE, email=None)
    mine = signed_in(person)
    assert mine.post("/my/profile/phone/", {"phone": "8 921 555-44-33"}).headers["Location"] == "/my/profile/code/"
    assert sent[0][0] == "+79215554433"
    assert "СМС отправлена на +7" in mine.get("/my/profile/code/").content.decode()
    mine.post("/my/profile/code/", {"code": code()})
    person.refresh_from_db()
    assert (str(person.phone), person.phone_is_claim) == ("+79215554433", False)


def test_a_claimed_phone_is_confirmed_in_the_profile() -> None:
    person = make_user(phone=PHONE, phone_is_claim=True)
    mine = signed_in(person)
    assert "не подтверждён" in mine.get("/my/profile/").content.decode()
    assert "916" in mine.get("/my/profile/phone/").content.decode()
    mine.post("/my/profile/phone/", {"phone": TYPED})
    mine.post("/my/profile/code/", {"code": code()})
    person.refresh_from_db()
    assert (str(person.phone), person.phone_is_claim) == (PHONE, False)
    assert "не подтверждён" not in mine.get("/my/profile/").content.decode()


def test_proving_a_number_takes_it_from_a_claim() -> None:
    claimant, owner = make_user(phone=PHONE, phone_is_claim=True), make_user(phone="+79031112233")
    mine = signed_in(owner)
    mine.post("/my/profile/phone/", {"phone": TYPED})
    mine.post("/my/profile/code/", {"code": code()})
    for person in (claimant, owner):
        person.refresh_from_db()
    assert (claimant.phone, claimant.phone_is_claim, str(owner.phone)) == (None, False, PHONE)
    assert set(SecurityEvent.objects.values_list("person", "kind")) == {(claimant.pk, "phone"), (owner.pk, "phone")}


def test_a_number_that_another_has_proved_stays_there() -> None:
    other, person = make_user(phone=PHONE), make_user(phone="+79031112233")
    mine = signed_in(person)
    mine.post("/my/profile/phone/", {"phone": TYPED})
    answer = mine.post("/my/profile/code/", {"code": code()}, follow=True)
    assert "указан в другой учётной записи" in answer.content.decode()
    assert [str(User.objects.get(pk=one.pk).phone) for one in (other, person)] == [PHONE, "+79031112233"]


class Gateway(BaseHTTPRequestHandler):
    """What SMSC.ru answers."""

    answers: list[str] = []
    asked: list[dict[str, list[str]]] = []

    def do_POST(self) -> None:
        """Keep what was asked, and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(parse_qs(body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answers.pop(0).encode())

    def log_message(self, *args: Any) -> None:
        """Log nothing."""


@pytest.fixture
def smsc(settings: Any) -> Iterator[type[Gateway]]:
    Gateway.answers, Gateway.asked = [], []
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        settings.SMS_SENDER = "olvery.shared.text_messages.by_smsc"
        settings.SMSC_URL, settings.SMSC_API_KEY = f"http://127.0.0.1:{server.server_port}/sys/send.php", "key"
        yield Gateway
        server.shutdown()


def test_smsc_gets_number_text_and_key(smsc: type[Gateway]) -> None:
    smsc.answers = ['{"id": 7, "cnt": 1}']
    text_messages.send_text(PHONE, "Код Olvery: 123456.")
    expected = {"apikey": "key", "phones": PHONE, "mes": "Код Olvery: 123456.", "charset": "utf-8", "fmt": "3"}
    assert smsc.asked == [{name: [value] for name, value in expected.items()}]


def test_a_refusal_of_smsc_is_a_message_that_was_not_sent(smsc: type[Gateway]) -> None:
    smsc.answers = ['{"error": "no money", "error_code": 3}']
    with pytest.raises(TextNotSent, match="SMSC error 3"):
        text_messages.send_text(PHONE, "Код")


@pytest.mark.parametrize(
    "answer",
    [
        *("{}", '["id"]', '"id"', "null", "7", "<html>"),
        pytest.param("[" * 9_999, id="deep"),
        pytest.param('{"id": 7}' + " " * 10_000, id="large"),
    ],
)
def test_what_is_no_answer_of_smsc_is_a_message_that_was_not_sent(
    smsc: type[Gateway], monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(outgoing, "LARGEST_ANSWER", 10_000)
    smsc.answers = [answer]
    with pytest.raises(TextNotSent):
        text_messages.send_text(PHONE, "Код")


def test_a_gateway_whose_name_nobody_answers_for_is_given_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody waits for the page meanwhile."""
    settings.SMS_SENDER, settings.SMSC_URL = "olvery.shared.text_messages.by_smsc", "https://smsc.test/"
    ended = threading.Event()
    monkeypatch.setattr(outgoing, "LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(text_messages, "SECONDS", (0.1, 0.1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(10))
    try:
        with pytest.raises(TextNotSent, match="ConnectTimeout"):
            text_messages.send_text(PHONE, "Код")
    finally:
        ended.set()


def test_an_error_names_no_number(settings: Any) -> None:
    settings.SMS_SENDER, settings.SMSC_URL = "olvery.shared.text_messages.by_smsc", "http://127.0.0.1:1/"
    with pytest.raises(TextNotSent) as raised:
        text_messages.send_text(PHONE, "Код 123456")
    assert (str(raised.value), raised.value.__cause__) == ("ConnectionError", None)

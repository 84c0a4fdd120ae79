"""«Программы»: tokens and webhooks are created, shown once, and closed by those who may."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from coworking.models import Location
from orders.domain.programs import webhooks
from orders.domain.programs.tokens import make_token
from orders.models import ApiToken, Delivery, EventKind, Scope, Webhook
from tests.factories import make_location, make_manager, make_member, make_order, make_pool, make_tariff
from tests.html import text_of
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/programs/"


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


@pytest.fixture
def administrator(location: Location) -> User:
    return make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def token_of(location: Location, holder: User) -> ApiToken:
    made, _secret = make_token(
        location=location, holder=holder, name="Сайт", scopes=[Scope.SERVICES], expires_at=None, at=NOW
    )
    return made


def webhook_at(location: Location, by: User) -> Webhook:
    made, _secret = webhooks.make_webhook(
        location=location, address="https://crm.example.org/", kinds=[EventKind.CREATED], by=by, at=NOW
    )
    return made


def test_each_field_of_a_token_has_a_hint_of_its_own(manager: User) -> None:
    words = text_of(signed_in(manager).get(f"{PAGE}tokens/new/").content.decode())
    assert (words.count("действует от вашего имени"), "«Сайт», «1С»" in words) == (1, True)


def test_a_token_that_was_just_made_opens_the_api_and_is_shown_once(location: Location, manager: User) -> None:
    make_tariff(service=make_pool(location=location))
    client = signed_in(manager)
    sent = {"name": "Сайт", "scopes": ["services:read"], "life": "30"}
    answer = client.post(f"{PAGE}tokens/new/", sent)
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret not in client.get(PAGE).content.decode()
    token = ApiToken.objects.get()
    assert (token.holder, token.location, token.scopes, (token.expires_at - NOW).days) == (  # type: ignore[operator]
        manager,
        location,
        ["services:read"],
        30,
    )
    assert Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/services").status_code == 200


def test_a_form_that_says_nothing_is_shown_again_with_what_is_missing(manager: User, administrator: User) -> None:
    answer = signed_in(manager).post(f"{PAGE}tokens/new/", {"name": "", "scopes": [], "life": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"name", "scopes"}
    answer = signed_in(administrator).post(f"{PAGE}webhooks/new/", {"address": "http://crm.example.org/"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["address"] == ["Напишите адрес, который начинается с https://."]
    assert not ApiToken.objects.exists()
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://crm.example.org:99999/", "Такого адреса быть не может: проверьте имя и порт."),
        ("https://crm.example.org:0/", "Такого адреса быть не может: проверьте имя и порт."),
        ("https://robot:secret@crm.example.org/", "Напишите адрес без имени и пароля: каждое сообщение подписано."),
    ],
)
def test_an_address_nobody_can_be_asked_at_is_refused(administrator: User, address: str, said: str) -> None:
    answer = signed_in(administrator).post(f"{PAGE}webhooks/new/", {"address": address, "kinds": ["created"]})
    assert (answer.status_code, answer.context["form"].errors, Webhook.objects.count()) == (422, {"address": [said]}, 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (webhooks.Answer(503), "последний ответ: 503"),
        (webhooks.Answer(None, "timeout"), "последний ответ: не ответил вовремя"),
        (webhooks.Answer(None, "ReadError"), "последний ответ: ответа не было"),
    ],
)
def test_the_log_says_in_russian_why_nothing_arrived(
    location: Location, administrator: User, answer: webhooks.Answer, said: str
) -> None:
    webhook_at(location, administrator)
    make_order(tariff=make_tariff(service=make_pool(location=location)))
    webhooks.deliver_due(lambda *_sent: answer, now=lambda: NOW)
    assert f"1 попытка, {said}" in text_of(signed_in(administrator).get(PAGE).content.decode())


def test_managers_revoke_their_own_tokens_and_the_administrator_any(
    location: Location, manager: User, administrator: User
) -> None:
    own, of_other = token_of(location, manager), token_of(location, make_manager(location=location))
    client = signed_in(manager)
    assert client.post(f"{PAGE}tokens/{of_other.pk}/revoke/").status_code == 404
    assert client.post(f"{PAGE}tokens/{own.pk}/revoke/").status_code == 302
    assert signed_in(administrator).post(f"{PAGE}tokens/{of_other.pk}/revoke/").status_code == 302
    assert set(ApiToken.objects.values_list("revoked_by", flat=True)) == {manager.pk, administrator.pk}


def test_what_is_of_another_location_is_not_there(location: Location, administrator: User) -> None:
    foreign = make_location()
    other = make_manager(location=foreign)
    token, webhook = token_of(foreign, other), webhook_at(foreign, other)
    make_order(tariff=make_tariff(service=make_pool(location=foreign)))
    client = signed_in(administrator)
    for path in (
        f"tokens/{token.pk}/revoke/",
        f"webhooks/{webhook.pk}/renew/",
        f"webhooks/{webhook.pk}/end/",
        f"deliveries/{Delivery.objects.get().pk}/again/",
    ):
        assert client.post(f"{PAGE}{path}").status_code == 404, path
    assert ApiToken.objects.get().revoked_at is None
    assert Webhook.objects.get().ended_at is None


def test_another_secret_is_shown_once(location: Location, administrator: User) -> None:
    webhook = webhook_at(location, administrator)
    client = signed_in(administrator)
    answer = client.post(f"{PAGE}webhooks/{webhook.pk}/renew/")
    secret = answer.context["secret"]
    assert (answer.status_code, secret in answer.content.decode()) == (200, True)
    assert "no-store" in answer.headers["Cache-Control"]
    shown = text_of(client.get(PAGE).content.decode())
    assert secret not in shown
    assert "Новый секрет с 24.11.2026 09:00; прежним тоже подписываем ещё сутки" in " ".join(shown.split())


def test_the_log_says_what_was_told_and_sends_it_again(location: Location, administrator: User) -> None:
    webhook_at(location, administrator)
    make_order(tariff=make_tariff(service=make_pool(location=location)))

    def post(*_sent: Any) -> webhooks.Answer:
        return webhooks.Answer(200)

    webhooks.deliver_due(post, now=lambda: NOW)
    client = signed_in(administrator)
    shown = text_of(client.get(PAGE).content.decode())
    assert "Доставлено" in shown
    assert "1 попытка, последний ответ: 200" in shown
    delivery = Delivery.objects.get()
    assert client.post(f"{PAGE}deliveries/{delivery.pk}/again/").status_code == 302
    assert webhooks.deliver_due(post, now=lambda: NOW) == 1
    assert client.post(f"{PAGE}webhooks/{delivery.webhook_id}/end/").status_code == 302
    assert Webhook.objects.get().ended_at == NOW

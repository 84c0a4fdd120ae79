"""The endpoint for notifications of the provider."""

from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from orders.models import ProviderNotification
from orders.views.provider import notifications
from tests.orders.online.test_notifications import body as notification
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "_till_open")]

FROM = "185.71.76.5"
SECRET = "s" * 32


@pytest.fixture
def _till_open(settings: Any) -> None:
    settings.YOOKASSA_WEBHOOK_SECRET = SECRET
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0


def post(raw: bytes = b"", *, secret: str = SECRET, address: str = FROM, **headers: Any) -> HttpResponse:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.generic(
        "POST", f"/payments/yookassa/webhook/{secret}/", raw, "application/json", REMOTE_ADDR=address, **headers
    )


def test_the_webhook_stores_and_answers_200_for_every_delivery() -> None:
    for deliveries in (1, 2, 3):
        answer = post(notification())
        assert (answer.status_code, answer.content) == (200, b"")
        assert ProviderNotification.objects.get().deliveries == deliveries
    assert post(notification("payout.succeeded")).status_code == 200
    assert ProviderNotification.objects.get(event="payout.succeeded").state == "ignored"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"raw": b"{"}, 400),
        ({"raw": b"[]"}, 400),
        ({"raw": notification(object_id="../me")}, 400),
        ({"raw": notification(event="\ud800")}, 400),
        ({"raw": b" " * 64 * 1024 + b" "}, 413),
        ({"raw": notification(), "address": "8.8.8.8"}, 403),
        ({"raw": notification(), "address": ""}, 403),
        ({"raw": notification(), "address": "8.8.8.8", "HTTP_X_FORWARDED_FOR": FROM}, 403),
        ({"raw": b"{", "address": "8.8.8.8"}, 403),
        ({"raw": notification(), "secret": SECRET + "s"}, 404),
        ({"raw": notification(), "secret": "ы"}, 404),
        ({"raw": notification(), "CONTENT_LENGTH": ""}, 411),
        ({"raw": notification(), "CONTENT_LENGTH": "-1"}, 411),
        ({"raw": notification(), "CONTENT_LENGTH": "²"}, 411),
        ({"raw": notification(), "CONTENT_LENGTH": str(10**12)}, 413),
    ],
)
def test_the_webhook_refuses_and_stores_nothing(sent: dict[str, Any], status: int) -> None:
    before = saved_rows()
    assert post(**sent).status_code == status
    assert saved_rows() == before


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_the_webhook_is_only_for_posts(method: str) -> None:
    answer = getattr(Client(), method)(f"/payments/yookassa/webhook/{SECRET}/", REMOTE_ADDR=FROM)
    assert (answer.status_code, ProviderNotification.objects.count()) == (405, 0)


def test_without_a_secret_there_is_no_webhook(settings: Any) -> None:
    settings.YOOKASSA_WEBHOOK_SECRET = ""
    before = saved_rows()
    assert [post(notification(), secret=secret).status_code for secret in ("x", SECRET)] == [404, 404]
    assert saved_rows() == before


def test_a_body_of_exactly_the_limit_is_read() -> None:
    raw = notification()
    assert post(raw + b" " * (64 * 1024 - len(raw))).status_code == 200


def test_while_the_database_is_away_the_webhook_asks_for_another_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_wanted: Any) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(notifications, "store_notification", away)
        assert post(notification()).status_code == 503
    assert (ProviderNotification.objects.count(), post(notification()).status_code) == (0, 200)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        (1, FROM, 200),
        (1, f"8.8.8.8, {FROM}", 200),
        (1, f"{FROM}, 8.8.8.8", 403),
        (1, "", 403),
        (2, f"{FROM}, 10.0.0.1", 200),
        (2, f"{FROM}, 8.8.8.8, 10.0.0.1", 403),
        (2, FROM, 403),
        (1, "::ffff:185.71.76.5", 200),
    ],
)
def test_behind_proxies_the_hop_that_ours_wrote_counts(
    proxies: int, forwarded: str, status: int, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert post(notification(), address="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded).status_code == status
    assert ProviderNotification.objects.count() == (status == 200)

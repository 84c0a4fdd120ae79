"""Webhooks: each event once, signed, retried, and without personal data."""

import io
import json
import socket
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.db import connection, transaction
from standardwebhooks import Webhook as Verifier

from coworking.models import Location, Tariff, Ticket
from olvery.shared.jobs import WAKES, wake
from olvery.shared.refusals import Busy
from orders.domain.desk.handing_over import Recipient, hand_over, state_of, take_back
from orders.domain.programs import webhooks
from orders.domain.programs.webhooks import Answer
from orders.forms_programs import TOLD
from orders.gateways import receivers
from orders.models import Delivery, DeliveryStatus, EventKind, Webhook
from tests.factories import make_manager, make_order, make_pool, make_tariff, make_user
from tests.moments import NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


class Receiver:
    """Answers as told, and records what came."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.came: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, address: str, body: str, headers: dict[str, str]) -> Answer:
        self.came.append((address, body, headers))
        return self.answers.pop(0) if self.answers else Answer(204)


@pytest.fixture
def location(tariff: Tariff) -> Location:
    return tariff.service.location


@pytest.fixture
def told(location: Location) -> tuple[Webhook, str]:
    return webhooks.make_webhook(
        location=location,
        address="https://crm.example.org/hook",
        kinds=[EventKind.CREATED, EventKind.PAID],
        by=make_manager(location=location),
        at=NOW,
    )


def deliver(receiver: webhooks.Post, *, at: datetime) -> int:
    return webhooks.deliver_due(receiver, now=lambda: at)


def outcomes() -> list[tuple[str, int, str]]:
    return list(Delivery.objects.order_by("pk").values_list("status", "tries", "answer"))


def test_a_new_order_is_told_signed_and_without_names(told: tuple[Webhook, str], tariff: Tariff) -> None:
    _webhook, secret = told
    order = make_order(tariff=tariff, customer=make_user(last_name="Петров", phone="+79161234567"))
    receiver = Receiver()
    assert deliver(receiver, at=NOW) == 1
    [(address, body, headers)] = receiver.came
    assert address == "https://crm.example.org/hook"
    with time_machine.travel(NOW.astimezone(UTC), tick=False):
        assert Verifier(secret).verify(body, headers) == {
            "type": "order.created",
            "timestamp": NOW.astimezone(UTC).isoformat(),
            "data": {
                "event": order.events.get(kind="created").pk,
                "order": order.number,
                "status": "confirmed",
                "payment_status": "unpaid",
            },
        }
    assert outcomes() == [("sent", 1, "204")]
    assert deliver(receiver, at=NOW + HOUR) == 0


def test_the_secret_is_not_stored_as_it_is(told: tuple[Webhook, str]) -> None:
    webhook, secret = told
    assert not any(secret in str(value) for value in Webhook.objects.values().get(pk=webhook.pk).values())


def test_a_secret_that_was_renewed_signs_alone_after_a_day(
    told: tuple[Webhook, str], tariff: Tariff, location: Location
) -> None:
    webhook, former = told
    make_order(tariff=tariff)
    secret = webhooks.renew_secret(webhook.pk, location_id=location.pk, at=NOW)
    assert secret not in Webhook.objects.values_list("secret", "former_secret").get()
    for at, signing in ((NOW, [secret, former]), (NOW + webhooks.SIGNED_TWICE, [secret])):
        body, headers = webhooks.signed(Delivery.objects.select_related("webhook", "event__order").get(), at=at)
        assert len(headers["webhook-signature"].split(" ")) == len(signing)
        with time_machine.travel(at, tick=False):
            for one in signing:
                Verifier(one).verify(body, headers)


def test_only_a_webhook_that_stands_here_gets_another_secret(told: tuple[Webhook, str], location: Location) -> None:
    webhook, _secret = told
    before = Webhook.objects.values().get()
    with pytest.raises(Webhook.DoesNotExist):
        webhooks.renew_secret(webhook.pk, location_id=location.pk + 1, at=NOW)
    webhooks.end_webhook(webhook.pk, location_id=location.pk, at=NOW)
    with pytest.raises(Webhook.DoesNotExist):
        webhooks.renew_secret(webhook.pk, location_id=location.pk, at=NOW)
    assert Webhook.objects.values().get() == {**before, "ended_at": NOW}


def test_nobody_is_told_of_other_events_or_of_other_locations(told: tuple[Webhook, str], tariff: Tariff) -> None:
    make_order(tariff=make_tariff(service=make_pool()))
    Webhook.objects.update(kinds=[EventKind.REFUNDED])
    make_order(tariff=tariff)
    assert outcomes() == []


def test_whoever_may_be_told_of_all_learns_of_another_visitor(tariff: Tariff, location: Location) -> None:
    webhooks.make_webhook(
        location=location, address="https://crm.example.org/", kinds=TOLD, by=make_manager(location=location), at=NOW
    )
    order = make_order(tariff=tariff)
    ticket = Ticket.objects.get()
    recipient = Recipient(last_name="Орлова", first_name="Мария", email="orlova@example.org")
    hand_over(order.number, ticket.pk, recipient, shown=state_of(ticket), by=order.customer, at=NOW)
    take_back(order.number, ticket.pk, shown=state_of(Ticket.objects.get()), by=order.customer, at=NOW)
    receiver = Receiver()
    deliver(receiver, at=NOW)
    assert [json.loads(body)["type"] for _address, body, _headers in receiver.came] == [
        "order.created",
        "order.handed_over",
        "order.taken_back",
    ]


def test_a_receiver_that_fails_is_asked_again_later_with_the_same_number(
    told: tuple[Webhook, str], tariff: Tariff
) -> None:
    make_order(tariff=tariff)
    receiver = Receiver(Answer(500), Answer(None, "timeout"))
    at = NOW
    for pause in (timedelta(0), *webhooks.PAUSES[:2]):
        assert deliver(receiver, at=at + pause - timedelta(seconds=1)) == 0 if pause else True
        at += pause
        assert deliver(receiver, at=at) == 1
    assert outcomes() == [("sent", 3, "204")]
    assert len({headers["webhook-id"] for _address, _body, headers in receiver.came}) == 1


def test_after_the_last_pause_it_is_given_up_until_somebody_asks(told: tuple[Webhook, str], tariff: Tariff) -> None:
    make_order(tariff=tariff)
    receiver, at = Receiver(*[Answer(500)] * (len(webhooks.PAUSES) + 1)), NOW
    for pause in (timedelta(0), *webhooks.PAUSES):
        at += pause
        deliver(receiver, at=at)
    assert outcomes() == [("failed", len(webhooks.PAUSES) + 1, "500")]
    assert deliver(receiver, at=at + 100 * HOUR) == 0
    assert webhooks.send_again(Delivery.objects.get().pk, location_id=told[0].location_id, at=at)
    assert deliver(receiver, at=at) == 1
    assert outcomes() == [("sent", 1, "204")]


def test_a_receiver_that_fails_holds_up_nobody_else_in_its_round(
    told: tuple[Webhook, str], tariff: Tariff, location: Location
) -> None:
    manager = make_manager(location=location)
    webhooks.make_webhook(
        location=location, address="https://other.example.org/", kinds=[EventKind.CREATED], by=manager, at=NOW
    )
    for _n in range(2):
        make_order(tariff=tariff)

    def post(address: str, body: str, headers: dict[str, str]) -> Answer:
        return Answer(None, "timeout") if "crm" in address else Answer(200)

    assert deliver(post, at=NOW) == 3
    assert sorted(outcomes()) == [("sent", 1, "200"), ("sent", 1, "200"), ("waits", 0, ""), ("waits", 1, "timeout")]


@pytest.mark.parametrize("tried", [False, True])
def test_many_that_wait_for_one_receiver_hold_up_nobody_else(
    told: tuple[Webhook, str], tariff: Tariff, location: Location, monkeypatch: pytest.MonkeyPatch, tried: bool
) -> None:
    monkeypatch.setattr(webhooks, "AT_ONCE", 2)
    for _n in range(2):
        make_order(tariff=tariff)
    if tried:
        Delivery.objects.update(tries=1, tried_at=NOW - HOUR, next_at=NOW - HOUR)
    manager = make_manager(location=location)
    other, _secret = webhooks.make_webhook(
        location=location, address="https://other.example.org/", kinds=[EventKind.CREATED], by=manager, at=NOW
    )
    make_order(tariff=make_tariff(service=make_pool(location=location)))

    def post(address: str, body: str, headers: dict[str, str]) -> Answer:
        return Answer(None, "timeout") if "crm" in address else Answer(200)

    assert deliver(post, at=NOW) == 2
    assert [one.status for one in other.deliveries.all()] == ["sent"]


def test_new_deliveries_wait_a_minute_for_a_receiver_that_failed(told: tuple[Webhook, str], tariff: Tariff) -> None:
    make_order(tariff=tariff)
    receiver = Receiver(Answer(None, "timeout"), Answer(None, "timeout"))
    assert deliver(receiver, at=NOW) == 1
    make_order(tariff=tariff)
    again = NOW + webhooks.PAUSES[0]
    assert [deliver(receiver, at=at) for at in (NOW + SECOND, again, again + SECOND)] == [0, 1, 0]
    assert deliver(receiver, at=again + webhooks.REST) == 1
    assert outcomes() == [("waits", 2, "timeout"), ("sent", 1, "204")]


def test_receivers_that_hang_rest_from_when_they_failed(tariff: Tariff) -> None:
    location, moment, asked = tariff.service.location, NOW, list[str]()
    facts = {"location": location, "kinds": [EventKind.CREATED], "by": make_manager(location=location), "at": NOW}
    for number in range(7):
        webhooks.make_webhook(address=f"https://{number}.example.org/hook", **facts)
    make_order(tariff=tariff)

    def hang(address: str, body: str, headers: dict[str, str]) -> Answer:
        nonlocal moment
        moment += 10 * SECOND
        asked.append(address)
        return Answer(None, "timeout")

    assert webhooks.deliver_due(hang, now=lambda: moment) == 7
    make_order(tariff=tariff)
    due = Delivery.objects.filter(tries=0)
    assert (moment, due.count()) == (NOW + 70 * SECOND, 7)
    # A minute has passed since the first one failed.
    webhooks.deliver_due(Receiver(), now=lambda: moment)
    # In whatever order the trigger wrote them.
    assert sorted(due.values_list("webhook__address", flat=True)) == sorted(asked[1:])


def test_receivers_that_have_hung_come_last_and_take_little_of_a_round(tariff: Tariff) -> None:
    location, moment, asked = tariff.service.location, NOW, list[str]()
    facts = {"location": location, "kinds": [EventKind.CREATED], "by": make_manager(location=location), "at": NOW}
    hanging = [webhooks.make_webhook(address=f"https://{n}.example.org/hook", **facts)[0] for n in range(7)]
    make_order(tariff=tariff)
    Delivery.objects.update(tries=1, tried_at=NOW - HOUR)
    webhooks.make_webhook(address="https://answers.example.org/hook", **facts)
    make_order(tariff=tariff)

    def hang(address: str, body: str, headers: dict[str, str]) -> Answer:
        nonlocal moment
        asked.append(address)
        if "answers" in address:
            return Answer(204)
        moment += 10 * SECOND
        return Answer(None, "timeout")

    assert webhooks.deliver_due(hang, now=lambda: moment) == 3
    assert (asked[0], moment) == ("https://answers.example.org/hook", NOW + 20 * SECOND)
    webhooks.deliver_due(hang, now=lambda: moment)
    assert len(set(asked)) == 5  # others than before
    assert {one.address for one in hanging} > set(asked[1:])


def test_what_is_sent_again_by_hand_does_not_wait_for_what_failed_meanwhile(
    told: tuple[Webhook, str], tariff: Tariff
) -> None:
    make_order(tariff=tariff)
    Delivery.objects.update(status="failed", tries=8, tried_at=NOW - HOUR)
    make_order(tariff=tariff)
    deliver(Receiver(Answer(None, "timeout")), at=NOW)
    again = Delivery.objects.earliest("pk")
    assert webhooks.send_again(again.pk, location_id=tariff.service.location_id, at=NOW + SECOND)
    assert deliver(Receiver(), at=NOW + SECOND) == 1
    again.refresh_from_db()
    assert (again.status, again.tries) == ("sent", 1)


def test_a_receiver_that_is_gone_is_told_nothing_more(told: tuple[Webhook, str], tariff: Tariff) -> None:
    make_order(tariff=tariff)
    deliver(Receiver(Answer(410)), at=NOW)
    make_order(tariff=tariff)
    assert Webhook.objects.get().ended_at == NOW
    assert outcomes() == [("failed", 1, "410")]


def test_what_was_being_written_when_its_webhook_ended_waits_for_nobody(
    told: tuple[Webhook, str], tariff: Tariff
) -> None:
    webhook, _secret = told
    make_order(tariff=tariff)
    # The trigger saw it active; whoever ended it did not see the row of the trigger.
    Webhook.objects.filter(pk=webhook.pk).update(ended_at=NOW)
    receiver = Receiver()
    assert (deliver(receiver, at=NOW + SECOND), receiver.came) == (0, [])
    assert Delivery.objects.values_list("status", "tried_at").get() == ("failed", NOW + SECOND)
    webhooks.forget_old(NOW + webhooks.KEPT + HOUR)
    assert not Delivery.objects.exists()


def test_an_order_that_was_rolled_back_is_not_told(told: tuple[Webhook, str], tariff: Tariff) -> None:
    with suppress(Busy), transaction.atomic():
        make_order(tariff=tariff)
        assert Delivery.objects.exists()
        raise Busy
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_commit_of_an_event_that_is_told_wakes_the_worker(told: tuple[Webhook, str], tariff: Tariff) -> None:
    untold = make_tariff(service=make_pool())
    with closing(connection.copy()) as listening:
        listening.cursor().execute(f"LISTEN {WAKES}")
        make_order(tariff=untold)
        wake("after an event that nobody is told of")
        with transaction.atomic():
            make_order(tariff=tariff)
            make_order(tariff=tariff)
            wake("before the commit")
        webhooks.send_again(Delivery.objects.latest("pk").pk, location_id=tariff.service.location_id, at=NOW)
        heard = [one.payload for one in listening.connection.notifies(timeout=30, stop_after=4)]
    assert heard == [
        "after an event that nobody is told of",
        webhooks.DELIVER,
        "before the commit",
        webhooks.DELIVER,
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "224.0.0.1", "localhost"),
        *("[::1]", "[::127.0.0.1]", "[::ffff:10.0.0.7]", "[64:ff9b::10.0.0.7]", "[64:ff9b:1::10.0.0.7]"),
        *("[2002:7f00:1::1]", "[fec0::1]", "[fd00::1]", "[ff02::1]"),
    ],
)
def test_a_private_address_is_never_asked(name: str) -> None:
    assert receivers.post(f"https://{name}/", "{}", {}) == Answer(None, "private address")


@pytest.mark.parametrize("address", ["https://crm.example.org:99999/", "https://[oops/", f"https://{'я' * 64}.рф/"])
def test_an_address_that_cannot_be_is_an_answer_too(address: str) -> None:
    """What is raised would end the round of everybody."""
    assert receivers.post(address, "{}", {}).status is None


def test_a_russian_name_is_asked_as_the_world_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def look_up(name: str, port: int, **_kwargs: object) -> list[Any]:
        return [(None, None, None, "", ("93.184.215.14", port))]

    def send(adapter: receivers.PinnedAdapter, request: Any, **_kwargs: object) -> requests.Response:
        asked.append((request.url, request.headers["Host"]))
        response = requests.Response()
        response.status_code, response.raw = 204, io.BytesIO()
        return response

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(receivers.PinnedAdapter, "send", send)
    answers = [receivers.post(f"https://почта.рф{port}/хук", "{}", {}) for port in ("", ":8443")]
    path = "/%D1%85%D1%83%D0%BA"
    assert answers == [Answer(204), Answer(204)]
    assert asked == [
        (f"https://93.184.215.14:443{path}", "xn--80a1acny.xn--p1ai"),
        (f"https://93.184.215.14:8443{path}", "xn--80a1acny.xn--p1ai:8443"),
    ]


def test_an_unexpected_error_holds_up_no_other_delivery(
    told: tuple[Webhook, str], tariff: Tariff, location: Location
) -> None:
    webhooks.make_webhook(
        location=location, address="https://b.example.org/", kinds=[EventKind.CREATED], by=told[0].made_by, at=NOW
    )
    make_order(tariff=tariff)
    make_order(tariff=tariff)
    asked: list[str] = []

    def post(address: str, body: str, headers: dict[str, str]) -> Answer:
        asked.append(address)
        if address == told[0].address:
            raise KeyError(address)
        return Answer(204)

    with pytest.raises(ExceptionGroup, match="1 rows"):
        deliver(post, at=NOW)
    assert sorted(asked) == ["https://b.example.org/", "https://b.example.org/", "https://crm.example.org/hook"]
    assert sorted(outcomes()) == [("sent", 1, "204"), ("sent", 1, "204"), ("waits", 0, ""), ("waits", 0, "")]


def test_a_secret_that_cannot_be_read_keeps_nobody_else_waiting(
    told: tuple[Webhook, str], tariff: Tariff, location: Location
) -> None:
    webhooks.make_webhook(
        location=location, address="https://b.example.org/", kinds=[EventKind.CREATED], by=told[0].made_by, at=NOW
    )
    Webhook.objects.filter(pk=told[0].pk).update(secret="written with another key")
    make_order(tariff=tariff)
    receiver = Receiver()
    assert deliver(receiver, at=NOW) == 2
    assert [address for address, _body, _headers in receiver.came] == ["https://b.example.org/"]
    assert sorted(outcomes()) == [("sent", 1, "204"), ("waits", 1, "secret unreadable")]


def test_old_deliveries_are_forgotten(told: tuple[Webhook, str], tariff: Tariff) -> None:
    make_order(tariff=tariff)
    deliver(Receiver(), at=NOW)
    assert webhooks.forget_old(NOW + webhooks.KEPT) == 0
    assert webhooks.forget_old(NOW + webhooks.KEPT + HOUR) == 1
    assert DeliveryStatus.SENT not in Delivery.objects.values_list("status", flat=True)

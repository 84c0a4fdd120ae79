"""A letter is sent once, even if the database goes away between the mail server's answer and the mark."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import OperationalError, ProgrammingError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from olvery.shared.statements import Unconfirmed
from orders import tasks
from orders.letters import once
from orders.letters.send import send_message
from orders.models import Message, MessageKind, OrderEvent
from tests.factories import make_location, make_order, make_pool, make_tariff
from tests.moments import NOW
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture
def message() -> Message:
    make_order(tariff=make_tariff(service=make_pool(location=make_location())))
    return Message.objects.get(kind=MessageKind.CREATED)


class Outage:
    """The database is away, for this many pauses, from the moment when the mail server has accepted a letter."""

    def __init__(self, patched: pytest.MonkeyPatch, nowhere: Path, *, pauses: int) -> None:
        self.pauses, self.meanwhile = pauses, list[Callable[[], Any]]()
        self.place, self.nowhere = connection.settings_dict, nowhere
        self.before = dict(self.place)
        send = EmailMessage.send

        def send_and_lose(mail: EmailMessage, *wanted: Any) -> int:
            sent = send(mail, *wanted)
            patched.setattr(EmailMessage, "send", send)
            self.begin()
            return sent

        patched.setattr(EmailMessage, "send", send_and_lose)
        patched.setattr(once, "sleep", self.pause)

    def begin(self) -> None:
        connection.close()
        self.place.update(HOST="", OPTIONS={**self.before["OPTIONS"], "host": str(self.nowhere)})

    def end(self) -> None:
        connection.close()
        self.place.update(self.before)

    def pause(self, _seconds: float) -> None:
        self.pauses -= 1
        if not self.pauses:
            self.end()
            for happens in self.meanwhile:
                happens()


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Outage]:
    outage = Outage(monkeypatch, tmp_path, pauses=3)
    yield outage
    outage.end()


def written(message: Message) -> tuple[Any, int]:
    message.refresh_from_db()
    return message.sent_at, OrderEvent.objects.filter(kind="message_sent").count()


def later_jobs() -> list[Any]:
    return list(ProcrastinateJob.objects.exclude(scheduled_at=None).values_list("args", "scheduled_at"))


def test_a_sent_letter_is_recorded_when_the_database_is_back(
    message: Message, outage: Outage, mailoutbox: list[EmailMessage]
) -> None:
    tasks.send_message(message_id=message.pk)
    assert outage.pauses == 0
    assert (len(mailoutbox), written(message)) == (1, (NOW, 1))

    tasks.send_message(message_id=message.pk)
    assert (len(mailoutbox), written(message)) == (1, (NOW, 1))


def test_a_job_that_starts_anew_does_not_send_while_another_may_be_writing_down(
    message: Message, outage: Outage, mailoutbox: list[EmailMessage]
) -> None:
    outage.meanwhile = [lambda: tasks.send_message(message_id=message.pk)]
    tasks.send_message(message_id=message.pk)
    assert (len(mailoutbox), written(message)) == (1, (NOW, 1))
    assert later_jobs() == [({"message_id": message.pk}, NOW + once.LEASE)]


def test_control_without_a_lease_the_other_job_sends_again(
    message: Message, outage: Outage, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "LEASE", timedelta(0))
    outage.meanwhile = [lambda: tasks.send_message(message_id=message.pk)]
    tasks.send_message(message_id=message.pk)
    assert (len(mailoutbox), written(message)) == (2, (NOW, 1))


def test_control_without_insisting_the_letter_goes_out_twice(
    message: Message, outage: Outage, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "AWAY", ())
    with pytest.raises(ExceptionGroup) as failed:
        tasks.send_message(message_id=message.pk)
    assert failed.group_contains(OperationalError)
    outage.end()
    assert (len(mailoutbox), written(message)) == (1, (None, 0))
    assert send_message(message.pk, at=NOW + once.LEASE)
    assert len(mailoutbox) == 2


def test_the_letter_of_a_killed_worker_waits_until_the_lease_ends(
    message: Message, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", lambda *_all: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            send_message(message.pk, at=NOW)
    almost = NOW + once.LEASE - timedelta(seconds=1)
    assert (send_message(message.pk, at=almost), mailoutbox) == (False, [])
    assert later_jobs() == [({"message_id": message.pk}, NOW + once.LEASE)]
    assert (send_message(message.pk, at=NOW + once.LEASE), len(mailoutbox)) == (True, 1)
    assert written(message) == (NOW + once.LEASE, 1)


def test_a_letter_that_the_mail_server_refused_is_tried_again_at_once(
    message: Message, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved_rows()
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", lambda *_all: (_ for _ in ()).throw(OSError("away")))
        with pytest.raises(OSError, match="away"):
            send_message(message.pk, at=NOW)
    assert saved_rows() == before
    assert (send_message(message.pk, at=NOW), len(mailoutbox)) == (True, 1)


def on_a_standby() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        cursor.execute("DELETE FROM orders_message")


def without_a_standby() -> None:
    raise Unconfirmed


@pytest.mark.parametrize("fails", [on_a_standby, without_a_standby])
def test_a_primary_of_a_moment_ago_is_asked_until_another_answers(
    fails: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(once, "sleep", pauses.append)
    turns = iter([fails, fails, lambda: None])

    def write() -> None:
        next(turns)()

    once.insist(write)
    assert (pauses, list(turns)) == ([once.PAUSE] * 2, [])


def test_a_permanent_error_fails_the_job() -> None:
    with pytest.raises(ProgrammingError):
        once.insist(lambda: connection.cursor().execute("SELECT FROM nowhere"))

"""Background jobs in Django admin: support restarts failed ones."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client

from accounts.models import User
from olvery.shared.jobs import later
from orders.domain.messages import SEND
from orders.models import Job
from tests.admin.pages import address
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def make_jobs() -> tuple[int, int]:
    """Return a failed job, one interrupted together with its worker, and a waiting one."""
    later(SEND, message_id=1)
    later(SEND, message_id=2)
    given_up, waiting = Job.objects.order_by("id").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [given_up])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', priority = -2 WHERE id = %s", [given_up])
    return given_up, waiting


def chosen(*keys: int) -> dict[str, object]:
    return {"action": "run_again", "_selected_action": keys}


def states() -> list[tuple[int, str, int]]:
    return list(Job.objects.order_by("id").values_list("pk", "status", "priority"))


def test_support_starts_again_what_was_given_up(support: Client) -> None:
    given_up, waiting = make_jobs()
    assert "Прервано вместе с процессом, раз" in support.get(address(Job, "change", given_up)).content.decode()

    answer = support.post(address(Job, "changelist"), chosen(given_up, waiting))

    assert answer.status_code == 302
    assert states() == [(given_up, "todo", 0), (waiting, "todo", 0)]
    assert [str(told) for told in get_messages(answer.wsgi_request)] == [
        "Снова запущено 1 задание.",
        "Осталось как есть 1 задание: оно не помечено неудачным или повторяется само.",
    ]
    noted = LogEntry.objects.values_list("user", "object_id", "change_message")
    assert list(noted) == [(User.objects.get(email="support@example.com").pk, str(given_up), "Запущено снова")]
    assert "снова запущено поддержкой" in support.get(address(Job, "change", given_up)).content.decode()


def test_who_may_only_look_starts_nothing(client: Client) -> None:
    given_up, waiting = make_jobs()
    looking = make_user(is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(looking)

    assert "run_again" not in client.get(address(Job, "changelist")).content.decode()
    client.post(address(Job, "changelist"), chosen(given_up))
    assert states() == [(given_up, "failed", -2), (waiting, "todo", 0)]
    assert not LogEntry.objects.exists()

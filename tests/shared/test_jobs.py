"""Jobs that are deferred."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from olvery.shared.jobs import later, statement_of


@pytest.mark.django_db
def test_a_job_that_is_sent_with_rows_is_the_one_that_is_sent_by_itself() -> None:
    later("orders.send_message", message_id=1, also=[2, 3])
    with connection.cursor() as cursor:
        cursor.execute(*statement_of("orders.send_message", message_id=1, also=[2, 3]))
    by_itself, with_rows = ProcrastinateJob.objects.order_by("pk").values()
    assert {**with_rows, "id": by_itself["id"]} == by_itself
    assert (by_itself["queue_name"], by_itself["args"]) == ("letters", {"message_id": 1, "also": [2, 3]})

"""Let jobs that were queued under the old names run under the new ones."""

from django.db import migrations

RENAMED = """
UPDATE procrastinate_jobs SET task_name = '{task_now}', args = jsonb_build_object('{name_now}', args->'{name}')
WHERE task_name = '{task}' AND args ? '{name}' AND status IN ('todo', 'doing')
"""


def rename_job(task: str, name: str, task_now: str, name_now: str) -> migrations.RunSQL:
    """Rename a job that waits, and its one argument."""
    return migrations.RunSQL(
        RENAMED.format(task=task, name=name, task_now=task_now, name_now=name_now),
        RENAMED.format(task=task_now, name=name_now, task_now=task, name_now=name),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_refund_due"),
        ("procrastinate", "0001_initial"),
    ]
    operations = [
        rename_job("orders.send_operation", "operation_id", "orders.send_request", "request_id"),
        rename_job("orders.fulfil_payment", "payment_id", "orders.fulfil_payment", "attempt_id"),
        rename_job("orders.process_notification", "event_id", "orders.process_notification", "notification_id"),
    ]

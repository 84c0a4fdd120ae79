"""Let jobs that were queued before there were queues run in theirs."""

from django.db import migrations

QUEUES = {
    "letters": ["orders.send_message"],
    "provider": ["orders.send_request", "orders.process_notification", "orders.fulfil_payment"],
}
MOVED = "UPDATE procrastinate_jobs SET queue_name = '{to}' WHERE task_name = '{task}' AND status IN ('todo', 'doing')"


class Migration(migrations.Migration):
    dependencies = [("orders", "0052_case_approval"), ("procrastinate", "0001_initial")]
    operations = [
        migrations.RunSQL(MOVED.format(to=queue, task=task), MOVED.format(to="default", task=task))
        for queue, tasks in QUEUES.items()
        for task in tasks
    ]

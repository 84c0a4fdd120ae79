"""Deliveries wake the worker with the commit of their event.

The channel is `WAKES` in `olvery/shared/jobs.py`, what it is told is the name of a job. A NOTIFY is sent by the commit
or never, and once a transaction, however many events it has.
"""

from django.db import migrations

QUEUE = """
CREATE OR REPLACE FUNCTION orders_queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_delivery (webhook_id, event_id, status, tries, answer, next_at)
    SELECT webhook.id, event.id, 'waits', 0, '', event.at
    FROM events AS event
    JOIN orders_order AS ordered ON ordered.number = event.order_id
    JOIN orders_webhook AS webhook ON webhook.location_id = ordered.location_id
    WHERE webhook.ended_at IS NULL AND event.kind = ANY (webhook.kinds);
    {wake}
    RETURN NULL;
END
$$;
"""
WAKE = "IF FOUND THEN PERFORM pg_notify('olvery_jobs', 'orders.deliver'); END IF;"


class Migration(migrations.Migration):
    dependencies = [("orders", "0108_bill_corrections")]

    operations = [migrations.RunSQL(QUEUE.format(wake=WAKE), QUEUE.format(wake=""))]

"""A delivery for each event and each webhook that wants to hear of it."""

from django.db import migrations

QUEUE = """
CREATE FUNCTION orders_queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_delivery (webhook_id, event_id, status, tries, answer, next_at)
    SELECT webhook.id, event.id, 'waits', 0, '', event.at
    FROM events AS event
    JOIN orders_order AS ordered ON ordered.number = event.order_id
    JOIN orders_webhook AS webhook ON webhook.location_id = ordered.location_id
    WHERE webhook.ended_at IS NULL AND event.kind = ANY (webhook.kinds);
    RETURN NULL;
END
$$;

CREATE TRIGGER event_is_told AFTER INSERT ON orders_orderevent
REFERENCING NEW TABLE AS events
FOR EACH STATEMENT EXECUTE FUNCTION orders_queue_deliveries();
"""

QUEUE_BACK = """
DROP TRIGGER event_is_told ON orders_orderevent;
DROP FUNCTION orders_queue_deliveries();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0074_programs")]

    operations = [migrations.RunSQL(QUEUE, QUEUE_BACK)]

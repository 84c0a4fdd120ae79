"""A ticket over a block belongs to an order whose history has who confirmed it, when and why.

Looked at when the transaction ends: an order writes its history before its tickets, a change after them.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

FORWARD = """
CREATE FUNCTION orders_guard_ticket_over_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.over_block_id IS NOT DISTINCT FROM NEW.over_block_id THEN RETURN NULL; END IF;
    IF NOT EXISTS (
        SELECT 1 FROM orders_orderline AS line JOIN orders_orderevent AS event ON event.order_id = line.order_id
        WHERE line.ticket_id = NEW.number AND event.kind = 'block_overridden'
          AND event.data ->> 'block' = NEW.over_block_id::text
    ) THEN
        RAISE EXCEPTION 'nobody confirmed ticket % over its block', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_over_a_block_is_confirmed';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ticket_over_block_confirmed AFTER INSERT OR UPDATE OF over_block_id ON coworking_ticket
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.over_block_id IS NOT NULL)
EXECUTE FUNCTION orders_guard_ticket_over_block();
"""

BACKWARD = """
DROP TRIGGER ticket_over_block_confirmed ON coworking_ticket;
DROP FUNCTION orders_guard_ticket_over_block();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0081_bulk_action"), ("coworking", "0043_block_open_help")]

    operations = [
        AddConstraintNotValid(
            "orderevent",
            models.CheckConstraint(
                condition=~Q(kind="block_overridden") | (Q(by__isnull=False) & ~Q(reason="")),
                name="event_of_an_overridden_block_says_who_and_why",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

"""Entries of passes that nobody rewrites, added up where the balance stands.

Updating the pass locks it, so two entries of one pass wait for each other; that no more is used than there is, is a
constraint of the pass itself.
"""

from django.db import migrations

COUNT = """
CREATE FUNCTION orders_count_pass_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_pass orders_pass%ROWTYPE;
    of_ticket bigint;
BEGIN
    SELECT * INTO its_pass FROM orders_pass WHERE order_id = NEW.of_pass_id FOR NO KEY UPDATE;
    IF its_pass.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'pass % has ended', NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_of_a_pass_that_lasts';
    END IF;
    IF NEW.kind = 'used' AND NEW.at >= upper(its_pass.period) THEN
        RAISE EXCEPTION 'pass % is over', NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_used_within_its_period';
    END IF;
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_order WHERE number = NEW.order_id AND from_pass_id = NEW.of_pass_id
    ) THEN
        RAISE EXCEPTION 'order % is not paid from pass %', NEW.order_id, NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_of_the_pass_of_its_order';
    END IF;
    UPDATE orders_pass SET
        "left" = "left" + NEW.units,
        ended_at = CASE WHEN NEW.kind = 'expired' OR NEW.kind = 'refunded' AND "left" + NEW.units = 0 THEN NEW.at END
    WHERE order_id = NEW.of_pass_id;
    IF NEW.ticket_id IS NOT NULL THEN
        SELECT sum(units) INTO of_ticket FROM orders_passentry
        WHERE of_pass_id = NEW.of_pass_id AND ticket_id = NEW.ticket_id;
        IF of_ticket > 0 THEN
            RAISE EXCEPTION 'ticket % gives back more than it has used', NEW.ticket_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_gives_back_what_was_used';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER pass_entry_counted AFTER INSERT ON orders_passentry
FOR EACH ROW EXECUTE FUNCTION orders_count_pass_entry();
"""

COUNT_BACK = """
DROP TRIGGER pass_entry_counted ON orders_passentry;
DROP FUNCTION orders_count_pass_entry();
"""

GUARD = """
CREATE TRIGGER pass_entries_only_grow BEFORE UPDATE OR DELETE ON orders_passentry
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER pass_entries_not_truncated BEFORE TRUNCATE ON orders_passentry
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER pass_entries_not_truncated ON orders_passentry;
DROP TRIGGER pass_entries_only_grow ON orders_passentry;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0088_passes")]

    operations = [migrations.RunSQL(COUNT, COUNT_BACK), migrations.RunSQL(GUARD, GUARD_BACK)]

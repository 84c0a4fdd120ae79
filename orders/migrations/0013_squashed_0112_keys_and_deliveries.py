"""What the database keeps and writes by itself: the keys of lists, the location of a case, deliveries."""

from django.db import migrations

# What the list of orders searches and filters by. Whoever copies the keys of a customer keeps the row from being
# locked for update until the commit, and a new name asks for that lock before it goes to the orders: no order that is
# being placed is left with the old one. Other changes of the person wait for nobody.
KEYS = """
CREATE FUNCTION orders_set_list_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name_key IS NULL OR NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
        SELECT name_key, given_key INTO NEW.name_key, NEW.given_key
        FROM accounts_user WHERE id = NEW.customer_id FOR KEY SHARE;
    END IF;
    SELECT min(id) INTO NEW.facet_id FROM orders_orderfacet
    WHERE location_id = NEW.location_id AND status = NEW.status AND payment_status = NEW.payment_status
        AND payment_method = NEW.payment_method AND is_by_customer = (NEW.created_by_id = NEW.customer_id)
        AND service_ids = NEW.service_ids;
    IF NEW.facet_id IS NULL THEN
        INSERT INTO orders_orderfacet
            (location_id, status, payment_status, payment_method, is_by_customer, service_ids)
        VALUES (
            NEW.location_id, NEW.status, NEW.payment_status, NEW.payment_method,
            NEW.created_by_id = NEW.customer_id, NEW.service_ids
        ) RETURNING id INTO NEW.facet_id;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER order_list_keys BEFORE INSERT OR UPDATE OF
    location_id, customer_id, created_by_id, status, payment_status, payment_method, service_ids
ON orders_order FOR EACH ROW EXECUTE FUNCTION orders_set_list_keys();

CREATE FUNCTION orders_follow_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts_user WHERE id = NEW.id FOR UPDATE;
    UPDATE orders_order SET name_key = NEW.name_key, given_key = NEW.given_key WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER orders_follow_person AFTER UPDATE OF name_key, given_key ON accounts_user FOR EACH ROW
WHEN ((OLD.name_key, OLD.given_key) IS DISTINCT FROM (NEW.name_key, NEW.given_key))
EXECUTE FUNCTION orders_follow_person();
"""
KEYS_BACK = """
DROP TRIGGER orders_follow_person ON accounts_user;
DROP FUNCTION orders_follow_person();
DROP TRIGGER order_list_keys ON orders_order;
DROP FUNCTION orders_set_list_keys();
"""

# The location of a case is that of its order; a case of no order has none and is everybody's. An order stays where it
# is, and so does what is read of it here.
CASES = """
CREATE FUNCTION orders_set_case_location() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.location_id := (SELECT location_id FROM orders_order WHERE number = NEW.order_id);
    RETURN NEW;
END $$;

CREATE TRIGGER case_location BEFORE INSERT OR UPDATE OF order_id, location_id
ON orders_moneycase FOR EACH ROW EXECUTE FUNCTION orders_set_case_location();
"""
CASES_BACK = "DROP TRIGGER case_location ON orders_moneycase; DROP FUNCTION orders_set_case_location();"

# A delivery for each event and each webhook that wants to hear of it, which wakes the worker with the commit. The
# channel is `WAKES` in `olvery/shared/jobs.py`, what it is told is the name of a job. A NOTIFY is sent by the commit or
# never, and once a transaction, however many events it has.
DELIVERIES = """
CREATE FUNCTION orders_queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_delivery (webhook_id, event_id, status, tries, answer, next_at)
    SELECT webhook.id, event.id, 'waits', 0, '', event.at
    FROM events AS event
    JOIN orders_order AS ordered ON ordered.number = event.order_id
    JOIN orders_webhook AS webhook ON webhook.location_id = ordered.location_id
    WHERE webhook.ended_at IS NULL AND event.kind = ANY (webhook.kinds);
    IF FOUND THEN PERFORM pg_notify('olvery_jobs', 'orders.deliver'); END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER event_is_told AFTER INSERT ON orders_orderevent
REFERENCING NEW TABLE AS events
FOR EACH STATEMENT EXECUTE FUNCTION orders_queue_deliveries();
"""
DELIVERIES_BACK = """
DROP TRIGGER event_is_told ON orders_orderevent;
DROP FUNCTION orders_queue_deliveries();
"""


class Migration(migrations.Migration):
    replaces = [("orders", "0057_keep_order_list_keys")]

    dependencies = [("orders", "0012_squashed_0112_guard_stock_and_blocks")]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(CASES, CASES_BACK),
        migrations.RunSQL(DELIVERIES, DELIVERIES_BACK),
    ]

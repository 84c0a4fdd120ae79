"""Let the database keep what the list of orders searches and filters by.

Whoever copies the keys of a customer keeps the row from being locked for update until the commit, and a new name
asks for that lock before it goes to the orders: no order that is being placed is left with the old one. Other
changes of the person wait for nobody.
"""

from django.db import migrations

FORWARDS = """
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

BACKWARDS = """
DROP TRIGGER orders_follow_person ON accounts_user;
DROP FUNCTION orders_follow_person();
DROP TRIGGER order_list_keys ON orders_order;
DROP FUNCTION orders_set_list_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0056_order_list_keys"), ("accounts", "0017_guard_access_log")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]

"""The facet of an order follows how it was paid."""

from django.db import migrations

KEYS = """
CREATE OR REPLACE FUNCTION orders_set_list_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.name_key IS NULL OR NEW.customer_id IS DISTINCT FROM OLD.customer_id THEN
        SELECT name_key, given_key INTO NEW.name_key, NEW.given_key
        FROM accounts_user WHERE id = NEW.customer_id FOR KEY SHARE;
    END IF;
    SELECT min(id) INTO NEW.facet_id FROM orders_orderfacet
    WHERE location_id = NEW.location_id AND status = NEW.status AND payment_status = NEW.payment_status
        AND payment_method = NEW.payment_method AND paid_by = NEW.paid_by AND is_by_customer = (NEW.created_by_id = NEW.customer_id)
        AND service_ids = NEW.service_ids;
    IF NEW.facet_id IS NULL THEN
        INSERT INTO orders_orderfacet
            (location_id, status, payment_status, payment_method, paid_by, is_by_customer, service_ids)
        VALUES (
            NEW.location_id, NEW.status, NEW.payment_status, NEW.payment_method, NEW.paid_by,
            NEW.created_by_id = NEW.customer_id, NEW.service_ids
        ) RETURNING id INTO NEW.facet_id;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER order_list_keys BEFORE INSERT OR UPDATE OF
    location_id, customer_id, created_by_id, status, payment_status, payment_method, paid_by, service_ids
ON orders_order FOR EACH ROW EXECUTE FUNCTION orders_set_list_keys();
"""
KEYS_BACK = """
CREATE OR REPLACE FUNCTION orders_set_list_keys() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER order_list_keys BEFORE INSERT OR UPDATE OF
    location_id, customer_id, created_by_id, status, payment_status, payment_method, service_ids
ON orders_order FOR EACH ROW EXECUTE FUNCTION orders_set_list_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0116_add_paid_by")]

    operations = [migrations.RunSQL(KEYS, KEYS_BACK)]

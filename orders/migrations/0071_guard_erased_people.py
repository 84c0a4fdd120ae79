"""Nobody who was erased gets an order or a ticket; history lets go of names and contacts while somebody is erased."""

from django.db import migrations

# The lock waits for an erasure that is under way, and makes one that begins wait for this order or ticket.
PEOPLE = """
CREATE FUNCTION orders_refuse_erased(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = person AND erased_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % is erased', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'person_not_erased';
    END IF;
END $$;

CREATE FUNCTION orders_refuse_erased_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.customer_id);
    RETURN NEW;
END $$;

CREATE FUNCTION orders_refuse_erased_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.visitor_id);
    RETURN NEW;
END $$;

CREATE TRIGGER order_not_of_erased_person BEFORE INSERT OR UPDATE OF customer_id ON orders_order
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_customer();

CREATE TRIGGER ticket_not_of_erased_person BEFORE INSERT OR UPDATE OF visitor_id ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_visitor();
"""

PEOPLE_BACK = """
DROP TRIGGER ticket_not_of_erased_person ON coworking_ticket;
DROP TRIGGER order_not_of_erased_person ON orders_order;
DROP FUNCTION orders_refuse_erased_visitor();
DROP FUNCTION orders_refuse_erased_customer();
DROP FUNCTION orders_refuse_erased(bigint);
"""

HISTORY = """
CREATE FUNCTION orders_refuse_rewriting_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.erasing', true) = 'on'
        AND to_jsonb(NEW) - 'data' = to_jsonb(OLD) - 'data' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

DROP TRIGGER event_only_grows ON orders_orderevent;

CREATE TRIGGER event_only_grows BEFORE DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER event_not_rewritten BEFORE UPDATE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting_events();
"""

HISTORY_BACK = """
DROP TRIGGER event_not_rewritten ON orders_orderevent;
DROP TRIGGER event_only_grows ON orders_orderevent;
DROP FUNCTION orders_refuse_rewriting_events();

CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0070_guard_accepted_terms"),
        ("accounts", "0022_erasures"),
        ("coworking", "0027_panel_token"),
    ]

    operations = [migrations.RunSQL(PEOPLE, PEOPLE_BACK), migrations.RunSQL(HISTORY, HISTORY_BACK)]

"""Histories that nobody rewrites or empties: the ledger, events, lines, entries, bills of months.

TRUNCATE fires no trigger of a row, so it has one of its own.
"""

from django.db import migrations

from olvery.shared.tables import only_grows

REFUSAL = """
CREATE FUNCTION orders_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;
"""
REFUSAL_BACK = "DROP FUNCTION orders_refuse_rewriting();"

# Events let go of names and contacts while somebody is erased, and of the reason of a merge: it may name the person.
EVENTS = """
CREATE FUNCTION orders_refuse_rewriting_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.erasing', true) = 'on'
        AND to_jsonb(NEW) - '{data,reason}'::text[] = to_jsonb(OLD) - '{data,reason}'::text[]
        AND (NEW.reason = OLD.reason OR OLD.kind = 'merged') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

CREATE TRIGGER event_only_grows BEFORE DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER event_not_rewritten BEFORE UPDATE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting_events();

CREATE TRIGGER event_not_truncated BEFORE TRUNCATE ON orders_orderevent
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""
EVENTS_BACK = """
DROP TRIGGER event_not_truncated ON orders_orderevent;
DROP TRIGGER event_not_rewritten ON orders_orderevent;
DROP TRIGGER event_only_grows ON orders_orderevent;
DROP FUNCTION orders_refuse_rewriting_events();
"""

# The trigger of the rows, that of TRUNCATE, and the table.
HISTORIES = [
    ("line_only_grows", "line_not_truncated", "orders_orderline"),
    ("ledger_only_grows", "ledger_not_truncated", "orders_ledgerentry"),
    ("accepted_terms_only_grow", "accepted_terms_not_truncated", "orders_acceptedterms"),
    ("waited_order_not_rewritten", "waited_order_not_truncated", "orders_waitedorder"),
    ("promo_uses_only_grow", "promo_uses_not_truncated", "orders_promouse"),
    ("pass_entries_only_grow", "pass_entries_not_truncated", "orders_passentry"),
    ("month_bills_only_grow", "month_bills_not_truncated", "orders_monthbill"),
    ("billed_orders_only_grow", "billed_orders_not_truncated", "orders_billedorder"),
    ("bill_corrections_only_grow", "bill_corrections_not_truncated", "orders_billcorrection"),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0002_numbers_and_history")]

    dependencies = [("coworking", "0008_squashed_0062_guard_settings"), ("orders", "0007_squashed_0112_programs")]

    operations = [
        migrations.RunSQL(REFUSAL, REFUSAL_BACK),
        *(only_grows("orders_refuse_rewriting", *history) for history in HISTORIES),
        migrations.RunSQL(EVENTS, EVENTS_BACK),
    ]

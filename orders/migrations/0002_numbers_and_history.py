"""Numbers that people can tell apart, and a history that nobody rewrites."""

from django.db import migrations

NUMBERS = """
ALTER TABLE orders_order ALTER COLUMN number RESTART WITH 10001;
ALTER TABLE coworking_ticket ALTER COLUMN number RESTART WITH 20001;
"""

HISTORY = """
CREATE FUNCTION orders_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE ON orders_orderevent
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER line_only_grows BEFORE UPDATE OR DELETE ON orders_orderline
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();
"""

HISTORY_BACK = """
DROP TRIGGER line_only_grows ON orders_orderline;
DROP TRIGGER event_only_grows ON orders_orderevent;
DROP FUNCTION orders_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_orders"), ("coworking", "0002_guard_places")]

    operations = [
        migrations.RunSQL(NUMBERS, migrations.RunSQL.noop),
        migrations.RunSQL(HISTORY, HISTORY_BACK),
    ]

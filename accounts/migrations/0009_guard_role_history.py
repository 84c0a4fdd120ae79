"""A history of rights that nobody rewrites."""

from django.db import migrations

HISTORY = """
CREATE FUNCTION accounts_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

CREATE TRIGGER role_event_only_grows BEFORE UPDATE OR DELETE ON accounts_roleevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER role_event_not_truncated BEFORE TRUNCATE ON accounts_roleevent
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
"""

HISTORY_BACK = """
DROP TRIGGER role_event_not_truncated ON accounts_roleevent;
DROP TRIGGER role_event_only_grows ON accounts_roleevent;
DROP FUNCTION accounts_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_role_history")]

    operations = [migrations.RunSQL(HISTORY, HISTORY_BACK)]

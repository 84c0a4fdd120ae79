"""A request for approval is decided once and rewritten never."""

from django.db import migrations

GUARD = """
CREATE FUNCTION orders_guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision text[] := ARRAY['state', 'decided_by_id', 'decided_at', 'entry_id'];
BEGIN
    IF OLD.state <> 'pending' OR to_jsonb(OLD) - decision <> to_jsonb(NEW) - decision THEN
        RAISE EXCEPTION 'request % is decided once and rewritten never', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_decided_once';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_is_decided_once BEFORE UPDATE ON orders_moneyapproval
FOR EACH ROW EXECUTE FUNCTION orders_guard_approval();

CREATE TRIGGER approval_not_deleted BEFORE DELETE ON orders_moneyapproval
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER approval_not_truncated BEFORE TRUNCATE ON orders_moneyapproval
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER approval_not_truncated ON orders_moneyapproval;
DROP TRIGGER approval_not_deleted ON orders_moneyapproval;
DROP TRIGGER approval_is_decided_once ON orders_moneyapproval;
DROP FUNCTION orders_guard_approval();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0050_money_approval")]
    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]

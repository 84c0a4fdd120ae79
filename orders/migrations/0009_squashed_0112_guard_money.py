"""The last word on money: refunds within their attempt, a success that stays, approvals that are decided once."""

from django.db import migrations

REFUNDS = """
CREATE FUNCTION orders_guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid numeric;
    gone numeric;
BEGIN
    -- What was returned in the provider's cabinet is a fact, whatever we had planned.
    IF NEW.status NOT IN ('requested', 'pending', 'succeeded') OR NEW.source = 'external' THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' AND OLD.status IN ('requested', 'pending', 'succeeded') AND OLD.amount = NEW.amount THEN
        RETURN NEW;
    END IF;
    -- The lock makes two refunds of one attempt see each other.
    SELECT amount INTO paid FROM orders_paymentattempt
    WHERE id = NEW.attempt_id AND status = 'succeeded' FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO gone FROM orders_refund
    WHERE attempt_id = NEW.attempt_id AND status IN ('requested', 'pending', 'succeeded')
      AND id IS DISTINCT FROM NEW.id;
    IF gone + NEW.amount > coalesce(paid, 0) THEN
        RAISE EXCEPTION 'payment % holds less than its refunds', NEW.attempt_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_its_attempt';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refund_within_its_attempt BEFORE INSERT OR UPDATE ON orders_refund
FOR EACH ROW EXECUTE FUNCTION orders_guard_refund();
"""
REFUNDS_BACK = """
DROP TRIGGER refund_within_its_attempt ON orders_refund;
DROP FUNCTION orders_guard_refund();
"""

SUCCESS = """
CREATE FUNCTION orders_guard_success() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment % was paid', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_success_is_final';
END $$;

CREATE TRIGGER attempt_success_is_final BEFORE UPDATE ON orders_paymentattempt
FOR EACH ROW WHEN (OLD.status = 'succeeded' AND (NEW.status <> 'succeeded' OR NEW.amount <> OLD.amount))
EXECUTE FUNCTION orders_guard_success();
"""
SUCCESS_BACK = """
DROP TRIGGER attempt_success_is_final ON orders_paymentattempt;
DROP FUNCTION orders_guard_success();
"""

APPROVALS = """
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
APPROVALS_BACK = """
DROP TRIGGER approval_not_truncated ON orders_moneyapproval;
DROP TRIGGER approval_not_deleted ON orders_moneyapproval;
DROP TRIGGER approval_is_decided_once ON orders_moneyapproval;
DROP FUNCTION orders_guard_approval();
"""


class Migration(migrations.Migration):
    replaces = [("orders", "0007_guard_money")]

    dependencies = [("orders", "0008_squashed_0112_guard_histories")]

    operations = [
        migrations.RunSQL(REFUNDS, REFUNDS_BACK),
        migrations.RunSQL(SUCCESS, SUCCESS_BACK),
        migrations.RunSQL(APPROVALS, APPROVALS_BACK),
    ]

"""The last word on money: a ledger that only grows, refunds within their payment, a success that stays."""

from django.db import migrations

LEDGER = """
CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE ON orders_ledgerentry
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();
"""

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
    -- The lock makes two refunds of one payment see each other.
    SELECT amount INTO paid FROM orders_payment
    WHERE id = NEW.payment_id AND status = 'succeeded' FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO gone FROM orders_refund
    WHERE payment_id = NEW.payment_id AND status IN ('requested', 'pending', 'succeeded')
      AND id IS DISTINCT FROM NEW.id;
    IF gone + NEW.amount > coalesce(paid, 0) THEN
        RAISE EXCEPTION 'payment % holds less than its refunds', NEW.payment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_its_payment';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refund_within_its_payment BEFORE INSERT OR UPDATE ON orders_refund
FOR EACH ROW EXECUTE FUNCTION orders_guard_refund();
"""

REFUNDS_BACK = """
DROP TRIGGER refund_within_its_payment ON orders_refund;
DROP FUNCTION orders_guard_refund();
"""

SUCCESS = """
CREATE FUNCTION orders_guard_success() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment % was paid', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_success_is_final';
END $$;

CREATE TRIGGER payment_success_is_final BEFORE UPDATE ON orders_payment
FOR EACH ROW WHEN (OLD.status = 'succeeded' AND (NEW.status <> 'succeeded' OR NEW.amount <> OLD.amount))
EXECUTE FUNCTION orders_guard_success();
"""

SUCCESS_BACK = """
DROP TRIGGER payment_success_is_final ON orders_payment;
DROP FUNCTION orders_guard_success();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_ledger")]

    operations = [
        migrations.RunSQL(LEDGER, "DROP TRIGGER ledger_only_grows ON orders_ledgerentry;"),
        migrations.RunSQL(REFUNDS, REFUNDS_BACK),
        migrations.RunSQL(SUCCESS, SUCCESS_BACK),
    ]

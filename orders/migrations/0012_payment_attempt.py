"""Call one try to pay an attempt: the table, the columns that point at it, its guards."""

from django.db import migrations, models

from orders.migrations._renaming import (
    rename_column,
    rename_constraint,
    rename_index,
    rename_table,
    rename_trigger,
)

GUARD_REFUND = """
CREATE OR REPLACE FUNCTION orders_guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
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
    SELECT amount INTO paid FROM {table}
    WHERE id = NEW.{column} AND status = 'succeeded' FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO gone FROM orders_refund
    WHERE {column} = NEW.{column} AND status IN ('requested', 'pending', 'succeeded')
      AND id IS DISTINCT FROM NEW.id;
    IF gone + NEW.amount > coalesce(paid, 0) THEN
        RAISE EXCEPTION 'payment % holds less than its refunds', NEW.{column}
            USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
    END IF;
    RETURN NEW;
END $$;
"""

GUARD_SUCCESS = """
CREATE OR REPLACE FUNCTION orders_guard_success() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment % was paid', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
END $$;
"""

POINTING = (
    "orders_refund",
    "orders_offsetreceipt",
    "orders_ledgerentry",
    "orders_moneycase",
    "orders_provideroperation",
)

DATABASE = [
    *rename_table("orders_payment", "orders_paymentattempt"),
    rename_column("orders_paymentattempt", "attempt", "number"),
    *(rename_column(table, "payment_id", "attempt_id") for table in POINTING),
    rename_constraint("orders_paymentattempt", "payment_attempt_once_an_order", "attempt_number_once_an_order"),
    rename_constraint("orders_paymentattempt", "payment_amount_above_zero", "attempt_amount_above_zero"),
    rename_constraint(
        "orders_paymentattempt", "payment_succeeded_at_the_provider", "attempt_succeeded_at_the_provider"
    ),
    rename_constraint("orders_ledgerentry", "entry_online_names_the_payment", "entry_online_names_the_attempt"),
    rename_index("payment_one_active_an_order", "attempt_one_active_an_order"),
    rename_index("payment_to_check", "attempt_to_check"),
    rename_index("payment_to_fulfil", "attempt_to_fulfil"),
    rename_index("entry_one_charge_a_payment", "entry_one_charge_an_attempt"),
    rename_trigger("orders_refund", "refund_within_its_payment", "refund_within_its_attempt"),
    rename_trigger("orders_paymentattempt", "payment_success_is_final", "attempt_success_is_final"),
    migrations.RunSQL(
        GUARD_REFUND.format(table="orders_paymentattempt", column="attempt_id", constraint="refund_within_its_attempt"),
        GUARD_REFUND.format(table="orders_payment", column="payment_id", constraint="refund_within_its_payment"),
    ),
    migrations.RunSQL(
        GUARD_SUCCESS.format(constraint="attempt_success_is_final"),
        GUARD_SUCCESS.format(constraint="payment_success_is_final"),
    ),
]

STATE = [
    migrations.RemoveConstraint("ledgerentry", "entry_one_charge_a_payment"),
    migrations.RemoveConstraint("ledgerentry", "entry_online_names_the_payment"),
    migrations.RemoveConstraint("provideroperation", "operation_is_about_one_thing"),
    migrations.RemoveConstraint("payment", "payment_attempt_once_an_order"),
    migrations.RemoveConstraint("payment", "payment_one_active_an_order"),
    migrations.RemoveConstraint("payment", "payment_amount_above_zero"),
    migrations.RemoveConstraint("payment", "payment_succeeded_at_the_provider"),
    migrations.RemoveIndex("payment", "payment_to_check"),
    migrations.RemoveIndex("payment", "payment_to_fulfil"),
    migrations.RenameModel("Payment", "PaymentAttempt"),
    migrations.RenameField("paymentattempt", "attempt", "number"),
    migrations.RenameField("refund", "payment", "attempt"),
    migrations.RenameField("offsetreceipt", "payment", "attempt"),
    migrations.RenameField("ledgerentry", "payment", "attempt"),
    migrations.RenameField("moneycase", "payment", "attempt"),
    migrations.RenameField("provideroperation", "payment", "attempt"),
    migrations.AlterField(
        "paymentattempt",
        "order",
        models.ForeignKey("orders.Order", models.PROTECT, related_name="attempts", verbose_name="order"),
    ),
    migrations.AddIndex(
        "paymentattempt",
        models.Index(
            fields=["next_check_at"], name="attempt_to_check", condition=models.Q(next_check_at__isnull=False)
        ),
    ),
    migrations.AddIndex(
        "paymentattempt",
        models.Index(
            fields=["settled_at"],
            name="attempt_to_fulfil",
            condition=models.Q(status="succeeded", fulfilled_at__isnull=True),
        ),
    ),
    migrations.AddConstraint(
        "paymentattempt",
        models.UniqueConstraint(fields=["order", "number"], name="attempt_number_once_an_order"),
    ),
    migrations.AddConstraint(
        "paymentattempt",
        models.UniqueConstraint(
            fields=["order"],
            condition=models.Q(status__in=["created", "pending"], abandoned_at__isnull=True),
            name="attempt_one_active_an_order",
        ),
    ),
    migrations.AddConstraint(
        "paymentattempt",
        models.CheckConstraint(condition=models.Q(amount__gt=0), name="attempt_amount_above_zero"),
    ),
    migrations.AddConstraint(
        "paymentattempt",
        models.CheckConstraint(
            condition=~models.Q(status="succeeded") | models.Q(provider_id__isnull=False, settled_at__isnull=False),
            name="attempt_succeeded_at_the_provider",
        ),
    ),
    migrations.AddConstraint(
        "ledgerentry",
        models.UniqueConstraint(
            fields=["attempt"], condition=models.Q(kind="charge"), name="entry_one_charge_an_attempt"
        ),
    ),
    migrations.AddConstraint(
        "ledgerentry",
        models.CheckConstraint(
            condition=~models.Q(method="online")
            | models.Q(kind="charge", attempt__isnull=False)
            | models.Q(kind="refund", attempt__isnull=False, refund__isnull=False),
            name="entry_online_names_the_attempt",
        ),
    ),
    migrations.AddConstraint(
        "provideroperation",
        models.CheckConstraint(
            condition=models.Q(attempt__isnull=False, refund__isnull=True, receipt__isnull=True)
            | models.Q(attempt__isnull=True, refund__isnull=False, receipt__isnull=True)
            | models.Q(attempt__isnull=True, refund__isnull=True, receipt__isnull=False),
            name="operation_is_about_one_thing",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_event_words")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]

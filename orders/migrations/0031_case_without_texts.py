"""Drop the texts that cases and payments under review were described by: keys and facts have taken over."""

from django.db import migrations, models

CASES = """
UPDATE orders_moneycase SET details = left(facts::text, 300), subject = coalesce(
    'receipt ' || receipt_id, 'refund ' || refund_id, 'payment ' || attempt_id, 'order ' || order_id,
    'provider ' || provider_id, 'shop')
"""
ATTEMPTS = "UPDATE orders_paymentattempt SET review_reason = left(mismatch::text, 200) WHERE mismatch IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_case_open_once_a_kind_and_thing")]
    operations = [
        migrations.RemoveConstraint("moneycase", "case_open_once_a_subject"),
        # On the way back, before the constraint is there again.
        migrations.RunSQL(migrations.RunSQL.noop, [CASES, ATTEMPTS]),
        migrations.AlterField("moneycase", "subject", models.CharField("subject", max_length=80, blank=True)),
        migrations.RemoveField("moneycase", "subject"),
        migrations.RemoveField("moneycase", "details"),
        migrations.RemoveField("paymentattempt", "review_reason"),
    ]

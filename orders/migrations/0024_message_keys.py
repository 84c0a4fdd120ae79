"""Let a message name what it is about by keys: empty columns, so no row is touched."""

from django.db import migrations, models


def key_to(model: str, verbose_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        model, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=verbose_name
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0023_orders_of_a_service")]
    operations = [
        migrations.AddField("message", "attempt", key_to("orders.PaymentAttempt", "payment")),
        migrations.AddField("message", "entry", key_to("orders.LedgerEntry", "ledger entry")),
        migrations.AddField("message", "refund", key_to("orders.Refund", "refund")),
        migrations.AddField("message", "invoice", key_to("orders.IssuedInvoice", "invoice")),
        migrations.AddField("message", "deadline_at", models.DateTimeField("pay by", null=True, blank=True)),
        migrations.AddField("message", "asked_at", models.DateTimeField("requested at", null=True, blank=True)),
    ]

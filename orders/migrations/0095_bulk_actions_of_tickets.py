"""Actions on many tickets beside those on many orders; the tables hold a month."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0094_guard_stock_of_extras"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bulkaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("cancel", "Cancel the orders"),
                    ("link", "Send the payment links"),
                    ("payment", "Take the payments"),
                    ("come", "Let the visitors in"),
                    ("leave", "Let the visitors out"),
                    ("letter", "Send the tickets again"),
                    ("give_up", "Cancel the tickets"),
                ],
                max_length=10,
                verbose_name="action",
            ),
        ),
        migrations.AddField(
            model_name="bulkitem",
            name="tickets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None, verbose_name="tickets"
            ),
        ),
        migrations.AddField(
            model_name="bulkitem",
            name="ends_order",
            field=models.BooleanField(db_default=False, default=False, verbose_name="the order is cancelled"),
        ),
        migrations.AddField(
            model_name="bulkitem",
            name="units_returned",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="units returned"),
        ),
        migrations.AddField(
            model_name="bulkitem",
            name="units_kept",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="units kept"),
        ),
        migrations.RemoveConstraint(model_name="bulkaction", name="bulk_action_says_what_it_needs"),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["cancel", "give_up"]), models.Q(("reason", ""), _negated=True)),
                    ("kind__in", ["link", "come", "leave", "letter"]),
                    models.Q(("kind", "payment"), ("method__in", ["on_site", "invoice"]), ("moved_at__isnull", False)),
                    _connector="OR",
                ),
                name="bulk_action_says_what_it_needs",
            ),
        ),
        migrations.RemoveConstraint(model_name="bulkitem", name="bulk_item_once_an_order"),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.UniqueConstraint(fields=("action", "order", "tickets"), name="bulk_item_once_a_thing"),
        ),
    ]

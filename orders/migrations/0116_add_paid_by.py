"""How an order was paid, stored on it and on its facet: a copy of the ledger, empty until it is filled."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

METHODS = [
    ("online", "Online payment by YooKassa"),
    ("on_site", "On site"),
    ("invoice", "By invoice"),
    ("free", "Free of charge"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0115_index_orders_once")]

    operations = [
        migrations.AddField(
            "order",
            "paid_by",
            ArrayField(
                models.CharField(choices=METHODS, max_length=10),
                blank=True,
                db_default=[],
                default=list,
                verbose_name="paid by",
            ),
        ),
        migrations.AddField(
            "orderfacet",
            "paid_by",
            ArrayField(models.CharField(choices=METHODS, max_length=10), db_default=[], default=list),
        ),
    ]

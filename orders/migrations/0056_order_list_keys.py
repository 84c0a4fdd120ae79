"""Columns that the list of orders searches and filters by, empty until the next steps fill them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

STATUSES = [
    ("awaiting_payment", "Awaiting payment"),
    ("confirmed", "Confirmed"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("expired", "Not paid in time"),
]
PAYMENT_STATUSES = [
    ("not_required", "Not required"),
    ("unpaid", "Unpaid"),
    ("pending", "Awaiting the payment"),
    ("partly_paid", "Partly paid"),
    ("paid", "Paid"),
    ("partly_refunded", "Partly refunded"),
    ("refunded", "Refunded"),
]
METHODS = [
    ("online", "Online payment by YooKassa"),
    ("on_site", "On site"),
    ("invoice", "By invoice"),
    ("free", "Free of charge"),
]
FACET = ["location", "status", "payment_status", "payment_method", "is_by_customer", "service_ids"]
DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE orders_order"
        ' ADD COLUMN name_key varchar(310) COLLATE "C", ADD COLUMN given_key varchar(100) COLLATE "C",'
        " ADD COLUMN facet_id bigint",
        "ALTER TABLE orders_order DROP COLUMN name_key, DROP COLUMN given_key, DROP COLUMN facet_id",
    ),
]
STATE = [
    migrations.AddField(
        "order", "name_key", models.CharField(db_collation="C", editable=False, max_length=310, null=True)
    ),
    migrations.AddField(
        "order", "given_key", models.CharField(db_collation="C", editable=False, max_length=100, null=True)
    ),
    migrations.AddField(
        "order",
        "facet",
        models.ForeignKey(
            "orders.OrderFacet",
            django.db.models.deletion.PROTECT,
            db_constraint=False,
            db_index=False,
            editable=False,
            null=True,
            related_name="orders",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0055_job"), ("coworking", "0016_location_approval_limit")]
    operations = [
        migrations.CreateModel(
            "OrderFacet",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(choices=STATUSES, max_length=20)),
                ("payment_status", models.CharField(choices=PAYMENT_STATUSES, max_length=20)),
                ("payment_method", models.CharField(choices=METHODS, max_length=10)),
                ("is_by_customer", models.BooleanField()),
                ("service_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)),
                (
                    "location",
                    models.ForeignKey(
                        "coworking.Location", django.db.models.deletion.PROTECT, db_index=False, related_name="+"
                    ),
                ),
            ],
            {
                "verbose_name": "facet of orders",
                "verbose_name_plural": "facets of orders",
                "indexes": [models.Index(fields=FACET, name="order_facet")],
            },
        ),
        migrations.SeparateDatabaseAndState(DATABASE, STATE),
    ]

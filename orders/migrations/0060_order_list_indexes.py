"""The indexes of the list of orders, by location and by facet, made while the table is in use."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0059_order_has_list_keys")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["location", "name_key", "number"], include=["given_key", "facet"], name="order_list_by_name"
            ),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["location", "given_key", "name_key", "number"],
                include=["facet"],
                name="order_list_by_given_name",
            ),
        ),
        AddIndexConcurrently("order", models.Index(fields=["facet", "-number"], name="order_facet_list")),
        AddIndexConcurrently(
            "order",
            models.Index("facet", F("period__startswith").desc(), F("number").desc(), name="order_facet_by_period"),
        ),
        AddIndexConcurrently("order", models.Index(fields=["facet", "name_key", "number"], name="order_facet_by_name")),
        AddIndexConcurrently(
            "order",
            models.Index(fields=["location", "created_at"], include=["number", "facet"], name="order_list_created"),
        ),
        AddIndexConcurrently(
            "order",
            GistIndex(
                fields=["location", "period"], include=["number", "facet", "booking_count"], name="order_list_during"
            ),
        ),
        AddIndexConcurrently("order", GinIndex(OpClass(Lower("name_key"), "gin_trgm_ops"), name="order_name_trigrams")),
        AddIndexConcurrently(
            "order",
            models.Index(
                "location",
                OpClass("email", "text_pattern_ops"),
                "number",
                include=["facet"],
                name="order_list_by_email",
            ),
        ),
        migrations.AlterField(
            "order",
            "location",
            models.ForeignKey(
                "coworking.Location",
                django.db.models.deletion.PROTECT,
                db_index=False,
                related_name="orders",
                verbose_name="location",
            ),
        ),
        *(
            RemoveIndexConcurrently("order", name)
            for name in (
                "order_list_by_customer",
                "order_list_by_status",
                "order_list_by_payment",
                "order_list_by_creation",
                "order_list_in_period",
                "order_email_prefix",
                "order_of_services",
            )
        ),
    ]

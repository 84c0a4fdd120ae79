"""What another index of a table begins with, or nobody looks for by its beginning, is indexed once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import orders.models.link
from olvery.shared.tables import DropIndexOfField

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0114_renew_webhook_secrets")]

    operations = [
        DropIndexOfField(
            "order",
            "customer",
            models.ForeignKey(
                db_index=False,
                on_delete=PROTECT,
                related_name="orders",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        DropIndexOfField(
            "orderevent",
            "order",
            models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="events", to="orders.order", verbose_name="order"
            ),
        ),
        DropIndexOfField(
            "message",
            "order",
            models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="messages", to="orders.order", verbose_name="order"
            ),
        ),
        DropIndexOfField(
            "paymentlink",
            "token",
            models.CharField(default=orders.models.link.new_token, max_length=32, unique=True, verbose_name="token"),
        ),
        DropIndexOfField(
            "paymentattempt",
            "order",
            models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="attempts", to="orders.order", verbose_name="order"
            ),
        ),
        DropIndexOfField(
            "paymentattempt",
            "provider_id",
            models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
        ),
        DropIndexOfField(
            "refund",
            "provider_id",
            models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
        ),
        DropIndexOfField(
            "ledgerentry",
            "order",
            models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="entries", to="orders.order", verbose_name="order"
            ),
        ),
        DropIndexOfField(
            "ledgerentry",
            "refund",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="entries",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
    ]

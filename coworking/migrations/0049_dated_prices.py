"""Prices of tariffs from a day on."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [("coworking", "0048_tariffs_of_passes")]

    operations = [
        migrations.CreateModel(
            name="TariffPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tariff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="coworking.tariff",
                        verbose_name="tariff",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                (
                    "price",
                    olvery.shared.money.MoneyField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.00"))],
                        verbose_name="price of a unit, ₽",
                    ),
                ),
            ],
            options={
                "verbose_name": "price from a day on",
                "verbose_name_plural": "prices from a day on",
                "constraints": [
                    models.UniqueConstraint(fields=["tariff", "starts_on"], name="tariff_price_once_a_day"),
                    models.CheckConstraint(condition=models.Q(price__gte=0), name="dated_price_not_negative"),
                ],
            },
        ),
    ]

"""Above a sum a second person decides about money at the desk; locations are few."""

from decimal import Decimal

from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0015_seller_shop"),
    ]

    operations = [
        migrations.AddField(
            model_name="location",
            name="approval_limit",
            field=olvery.shared.money.MoneyField(
                blank=True,
                decimal_places=2,
                default=Decimal("10000"),
                help_text="Corrections and refunds at the desk above it need a second person; empty: nobody is asked.",
                max_digits=12,
                null=True,
                verbose_name="a manager decides alone up to, ₽",
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(("approval_limit__isnull", True), ("approval_limit__gte", 0), _connector="OR"),
                name="location_approval_limit_not_below_zero",
            ),
        ),
    ]

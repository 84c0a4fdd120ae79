"""Tariffs that sell a pass: so many hours or days, used within so many days."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0047_shared_bookings"),
    ]

    operations = [
        migrations.AddField(
            model_name="tariff",
            name="pass_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)],
                verbose_name="a pass is good for, days",
            ),
        ),
        migrations.AddField(
            model_name="tariff",
            name="pass_units",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)],
                verbose_name="units of a pass",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pass_days__isnull", True), ("pass_units__isnull", True)),
                    models.Q(
                        ("pass_days__gte", 1), ("pass_units__gte", 1), ("price__gt", 0), ("unit__in", ["hour", "day"])
                    ),
                    _connector="OR",
                ),
                name="tariff_of_a_pass_is_whole",
                violation_error_message="A pass has hours or days, the days it is good for, and a price.",
            ),
        ),
    ]

"""Where a seat stands on the plan. The database fills the turn, too: the release before this one does not know it."""

import django.core.validators
from django.db import migrations, models

import coworking.models.seat


class Migration(migrations.Migration):
    dependencies = [("coworking", "0039_plan_items")]

    operations = [
        migrations.AddField(
            model_name="seat",
            name="turn",
            field=coworking.models.seat.TurnField(db_default=0, default=0, verbose_name="turned, °"),
        ),
        migrations.AddField(
            model_name="seat",
            name="x",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(82)],
                verbose_name="from the left, ×10 cm",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="y",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(60)],
                verbose_name="from above, ×10 cm",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("x__isnull", True), ("y__isnull", True)),
                    models.Q(("x__isnull", False), ("x__range", (2, 82)), ("y__isnull", False), ("y__range", (2, 60))),
                    _connector="OR",
                ),
                name="seat_stands_on_the_plan",
                violation_error_message="A seat on the plan needs both distances.",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "turn__in",
                        [
                            0,
                            15,
                            30,
                            45,
                            60,
                            75,
                            90,
                            105,
                            120,
                            135,
                            150,
                            165,
                            180,
                            195,
                            210,
                            225,
                            240,
                            255,
                            270,
                            285,
                            300,
                            315,
                            330,
                            345,
                        ],
                    )
                ),
                name="seat_turned_by_steps",
            ),
        ),
    ]

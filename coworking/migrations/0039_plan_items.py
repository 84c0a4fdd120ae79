"""What is drawn around the seats of a service: tables, walls, doors, words."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import coworking.models.seat


class Migration(migrations.Migration):
    dependencies = [("coworking", "0038_move_hours")]

    operations = [
        migrations.CreateModel(
            name="PlanItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plan_items",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("table", "Table"), ("wall", "Wall"), ("door", "Door"), ("text", "Words")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=40, verbose_name="words")),
                (
                    "x",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(84)], verbose_name="from the left, ×10 cm"
                    ),
                ),
                (
                    "y",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(62)], verbose_name="from above, ×10 cm"
                    ),
                ),
                (
                    "width",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(84),
                        ],
                        verbose_name="width, ×10 cm",
                    ),
                ),
                (
                    "height",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(62),
                        ],
                        verbose_name="depth, ×10 cm",
                    ),
                ),
                ("turn", coworking.models.seat.TurnField(default=0, verbose_name="turned, °")),
            ],
            options={
                "verbose_name": "item of a plan",
                "verbose_name_plural": "items of a plan",
            },
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("height__range", (1, 62)), ("width__range", (1, 84)), ("x__lte", 84), ("y__lte", 62)
                ),
                name="plan_item_stands_on_the_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["table", "wall", "door", "text"])), name="plan_item_of_a_known_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
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
                name="plan_item_turned_by_steps",
            ),
        ),
    ]

"""A picture may lie under the seats of a plan; the items that are there are checked in 0056."""

import django.core.validators
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [("table", "Table"), ("wall", "Wall"), ("door", "Door"), ("text", "Words"), ("picture", "Background picture")]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0054_photos_section")]

    operations = [
        migrations.AlterField("planitem", "kind", models.CharField(choices=KINDS, max_length=10, verbose_name="kind")),
        migrations.AddField(
            "planitem",
            "picture",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plan_items",
                to="coworking.picture",
                verbose_name="picture",
            ),
        ),
        migrations.AddField(
            "planitem",
            "opacity",
            models.PositiveSmallIntegerField(
                db_default=40,
                default=40,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(100),
                ],
                verbose_name="visible, %",
            ),
        ),
        migrations.AddField(
            "planitem",
            "is_in_forms",
            models.BooleanField(db_default=False, default=False, verbose_name="shown in order forms"),
        ),
        migrations.RemoveConstraint("planitem", "plan_item_of_a_known_kind"),
        AddConstraintNotValid(
            "planitem",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["table", "wall", "door", "text"]), ("picture__isnull", True)),
                    models.Q(("kind", "picture"), ("picture__isnull", False)),
                    _connector="OR",
                ),
                name="plan_item_of_a_known_kind",
            ),
        ),
        AddConstraintNotValid(
            "planitem",
            models.CheckConstraint(condition=models.Q(("opacity__range", (5, 100))), name="plan_item_can_be_seen"),
        ),
        migrations.AddConstraint(
            "planitem",
            models.UniqueConstraint(
                condition=models.Q(("kind", "picture")), fields=("service",), name="plan_item_one_picture_a_service"
            ),
        ),
    ]

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0021_guard_documents"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                ("act", models.JSONField(blank=True, default=dict, verbose_name="act")),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
            },
        ),
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="erased at"),
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="screen",
            field=models.CharField(
                choices=[
                    ("order_form", "Order form: chosen"),
                    ("order", "Order: opened"),
                    ("ticket", "Ticket: opened"),
                    ("orders_export", "Orders: exported"),
                    ("tickets_export", "Tickets: exported"),
                    ("money_export", "Money of a day: exported"),
                    ("erasure", "Erased at the person's request"),
                ],
                max_length=20,
                verbose_name="screen",
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(("email", None), ("is_active", False), ("phone", None)),
                    _connector="OR",
                ),
                name="user_erased_has_no_contacts",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="done by",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="erasures",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)), fields=("person",), name="erasure_one_a_person_that_stands"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("done_by", None)),
                    models.Q(("done_at__isnull", False), ("done_by__isnull", False), ("withdrawn_at", None)),
                    _connector="OR",
                ),
                name="erasure_is_done_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_by", None), models.Q(("done_by", models.F("person")), _negated=True), _connector="OR"
                ),
                name="erasure_is_done_by_another",
            ),
        ),
    ]

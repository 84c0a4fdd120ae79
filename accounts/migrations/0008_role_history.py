import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_roles_protect_people")]

    operations = [
        migrations.CreateModel(
            name="RoleEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("granted", "granted"), ("revoked", "revoked")], max_length=10, verbose_name="action"
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("rental_manager", "Rental manager"),
                            ("location_administrator", "Location administrator"),
                            ("support", "Support"),
                            ("superuser", "Superuser"),
                            ("group", "Group"),
                        ],
                        max_length=30,
                        verbose_name="right",
                    ),
                ),
                ("group", models.CharField(blank=True, max_length=150, verbose_name="group")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of rights",
                "verbose_name_plural": "changes of rights",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("by", models.F("person")), _negated=True), name="role_event_by_another"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("group", ""),
                                ("location__isnull", False),
                                ("right__in", ["rental_manager", "location_administrator"]),
                            ),
                            models.Q(
                                ("group", ""), ("location__isnull", True), ("right__in", ["support", "superuser"])
                            ),
                            models.Q(
                                ("location__isnull", True), ("right", "group"), models.Q(("group", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="role_event_says_where",
                    ),
                ],
            },
        ),
    ]

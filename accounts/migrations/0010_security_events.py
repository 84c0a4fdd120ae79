import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_guard_role_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_in", "Sign-in"),
                            ("failed", "Sign-in failed"),
                            ("locked_out", "Too many attempts, stopped"),
                            ("code_sent", "Code for sign-in sent"),
                            ("password", "Password changed"),
                            ("rights", "Rights changed"),
                        ],
                        max_length=12,
                        verbose_name="event",
                    ),
                ),
                ("method", models.CharField(blank=True, max_length=40, verbose_name="method")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("client", models.CharField(blank=True, max_length=200, verbose_name="browser")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "role_event",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.roleevent",
                        verbose_name="change of rights",
                    ),
                ),
            ],
            options={
                "verbose_name": "security event",
                "verbose_name_plural": "security events",
                "indexes": [models.Index(fields=["person", "-id"], name="security_event_of_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "rights"), ("person__isnull", False), ("role_event__isnull", False)),
                            models.Q(models.Q(("kind", "rights"), _negated=True), ("role_event__isnull", True)),
                            _connector="OR",
                        ),
                        name="security_event_says_which_right",
                    )
                ],
            },
        ),
    ]

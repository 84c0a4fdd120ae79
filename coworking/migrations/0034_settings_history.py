"""Who changed which setting of a location."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0033_guard_orders_over_blocks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingsEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "section",
                    models.CharField(
                        choices=[
                            ("about", "About the service"),
                            ("places", "Places"),
                            ("seats", "Numbered seats"),
                            ("tariffs", "Tariffs"),
                            ("rules", "Booking rules"),
                            ("policy", "Cancellation and refund"),
                            ("methods", "Payment methods"),
                            ("extras", "Extras"),
                            ("sale", "Sale"),
                            ("contacts", "Contacts"),
                            ("hours", "Opening hours"),
                            ("days", "Special days"),
                        ],
                        max_length=10,
                        verbose_name="section",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=100, verbose_name="what")),
                ("field", models.CharField(blank=True, max_length=40, verbose_name="setting")),
                ("old", models.TextField(blank=True, verbose_name="before")),
                ("new", models.TextField(blank=True, verbose_name="after")),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of settings",
                "verbose_name_plural": "changes of settings",
                "indexes": [models.Index(fields=["service", "section", "-id"], name="settings_of_a_section")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("old", models.F("new")), _negated=True), name="settings_event_is_a_change"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "section__in",
                                [
                                    "about",
                                    "places",
                                    "seats",
                                    "tariffs",
                                    "rules",
                                    "policy",
                                    "methods",
                                    "extras",
                                    "sale",
                                    "contacts",
                                    "hours",
                                    "days",
                                ],
                            )
                        ),
                        name="settings_event_of_a_known_section",
                    ),
                ],
            },
        ),
    ]

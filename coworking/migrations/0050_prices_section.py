"""Changes of prices from a day on stand in the history of settings."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0049_dated_prices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="settingsevent",
            name="settings_event_of_a_known_section",
        ),
        migrations.AlterField(
            model_name="settingsevent",
            name="section",
            field=models.CharField(
                choices=[
                    ("about", "About the service"),
                    ("places", "Places"),
                    ("seats", "Numbered seats"),
                    ("tariffs", "Tariffs"),
                    ("prices", "New prices"),
                    ("rules", "Booking rules"),
                    ("policy", "Cancellation and refund"),
                    ("methods", "Payment methods"),
                    ("extras", "Extras"),
                    ("sale", "Sale"),
                    ("contacts", "Contacts"),
                    ("hours", "Opening hours"),
                    ("days", "Special days"),
                    ("promo", "Promo codes"),
                ],
                max_length=10,
                verbose_name="section",
            ),
        ),
        migrations.AddConstraint(
            model_name="settingsevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "section__in",
                        [
                            "about",
                            "places",
                            "seats",
                            "tariffs",
                            "prices",
                            "rules",
                            "policy",
                            "methods",
                            "extras",
                            "sale",
                            "contacts",
                            "hours",
                            "days",
                            "promo",
                        ],
                    )
                ),
                name="settings_event_of_a_known_section",
            ),
        ),
    ]

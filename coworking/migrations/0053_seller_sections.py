"""Changes of requisites and taxes stand in the history of settings."""

from django.conf import settings
from django.db import migrations, models

SECTIONS = [
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
    ("seller", "Requisites"),
    ("taxes", "VAT and tax system"),
    ("hours", "Opening hours"),
    ("days", "Special days"),
    ("promo", "Promo codes"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0052_stock_of_extras"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("settingsevent", "settings_event_of_a_known_section"),
        migrations.AlterField(
            "settingsevent", "section", models.CharField(choices=SECTIONS, max_length=10, verbose_name="section")
        ),
        migrations.AddConstraint(
            "settingsevent",
            models.CheckConstraint(
                condition=models.Q(section__in=[value for value, _label in SECTIONS]),
                name="settings_event_of_a_known_section",
            ),
        ),
    ]

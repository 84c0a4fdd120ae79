"""Changes of photos, requisites and taxes stand in the history of settings; what stands there already is checked in 0056."""

from django.contrib.postgres.operations import AddConstraintNotValid
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
    ("photos", "Photos"),
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0053_pictures")]

    operations = [
        migrations.RemoveConstraint("settingsevent", "settings_event_of_a_known_section"),
        migrations.AlterField(
            "settingsevent", "section", models.CharField(choices=SECTIONS, max_length=10, verbose_name="section")
        ),
        AddConstraintNotValid(
            "settingsevent",
            models.CheckConstraint(
                condition=models.Q(("section__in", [value for value, _label in SECTIONS])),
                name="settings_event_of_a_known_section",
            ),
        ),
    ]

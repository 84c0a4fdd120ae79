"""Changes of a location's reminders, door, limits, panel and documents stand in the history; checked in 0061."""

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
    ("reminders", "Reminders and quiet hours"),
    ("door", "Entry and visits"),
    ("limits", "What managers decide alone"),
    ("panel", "Lobby panel"),
    ("documents", "Documents for customers"),
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0057_visitors_and_seats_of_wishes")]

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

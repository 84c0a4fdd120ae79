"""A letter before a pass ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0095_bulk_actions_of_tickets")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("tickets", "Tickets"),
                    ("cancelled", "Order cancelled"),
                    ("link", "Payment link"),
                    ("paid", "Paid"),
                    ("deadline", "Time to pay is running out"),
                    ("expired", "Not paid in time"),
                    ("refunded", "Money returned"),
                    ("invoice", "Invoice"),
                    ("act", "Act of services rendered"),
                    ("reminder", "Reminder"),
                    ("changed", "Booking changed"),
                    ("late", "Place about to become free"),
                    ("released", "Place of a late visitor released"),
                    ("handed", "Ticket for its new visitor"),
                    ("gone", "Ticket that is somebody else's now"),
                    ("pass_ends", "Pass about to end"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]

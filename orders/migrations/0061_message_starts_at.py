"""Which booking a reminder is about."""

from django.db import migrations, models

KINDS = [
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
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0060_order_list_indexes")]

    operations = [
        migrations.AddField(
            "message", "starts_at", models.DateTimeField("start of the booking", null=True, blank=True)
        ),
        migrations.AlterField("message", "kind", models.CharField("kind", max_length=10, choices=KINDS)),
    ]

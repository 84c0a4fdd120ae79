"""What becomes of a wish on the waiting list, and an event that says it in the history of the order."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0041_waiting_list"),
        ("orders", "0078_texts_of_scans_are_forgotten"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("rule_overridden", "Rule overridden"),
                    ("block_overridden", "Ordered over a block"),
                    ("discount_given", "Discount given"),
                    ("contact_changed", "Contacts for this order only"),
                    ("status_changed", "Status changed"),
                    ("message_sent", "Message sent"),
                    ("payment_started", "Payment started"),
                    ("paid", "Money came in"),
                    ("payment_canceled", "Payment did not go through"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money returned"),
                    ("refund_failed", "Refund did not go through"),
                    ("corrected", "Payment corrected"),
                    ("approval_asked", "A second person is asked"),
                    ("approved", "A second person has approved"),
                    ("declined", "The request is turned down"),
                    ("invoice_issued", "Invoice issued"),
                    ("act_issued", "Act issued"),
                    ("deadline_moved", "Time to pay extended"),
                    ("changed", "Booking changed"),
                    ("change_undone", "Change undone"),
                    ("tickets_restored", "Places taken again"),
                    ("place_released", "Place of a visitor who did not come released"),
                    ("from_waiting", "Made from the waiting list"),
                    ("place_kept", "Place of a late visitor kept"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="webhook",
            name="kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("created", "Order created"),
                        ("rule_overridden", "Rule overridden"),
                        ("block_overridden", "Ordered over a block"),
                        ("discount_given", "Discount given"),
                        ("contact_changed", "Contacts for this order only"),
                        ("status_changed", "Status changed"),
                        ("message_sent", "Message sent"),
                        ("payment_started", "Payment started"),
                        ("paid", "Money came in"),
                        ("payment_canceled", "Payment did not go through"),
                        ("refund_requested", "Refund requested"),
                        ("refunded", "Money returned"),
                        ("refund_failed", "Refund did not go through"),
                        ("corrected", "Payment corrected"),
                        ("approval_asked", "A second person is asked"),
                        ("approved", "A second person has approved"),
                        ("declined", "The request is turned down"),
                        ("invoice_issued", "Invoice issued"),
                        ("act_issued", "Act issued"),
                        ("deadline_moved", "Time to pay extended"),
                        ("changed", "Booking changed"),
                        ("change_undone", "Change undone"),
                        ("tickets_restored", "Places taken again"),
                        ("place_released", "Place of a visitor who did not come released"),
                        ("from_waiting", "Made from the waiting list"),
                        ("place_kept", "Place of a late visitor kept"),
                    ],
                    max_length=20,
                ),
                size=None,
                verbose_name="events",
            ),
        ),
        migrations.CreateModel(
            name="WaitedOrder",
            fields=[
                (
                    "wish",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waited",
                        serialize=False,
                        to="coworking.waitingwish",
                        verbose_name="wish on the waiting list",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waited",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order from the waiting list",
                "verbose_name_plural": "orders from the waiting list",
            },
        ),
        migrations.CreateModel(
            name="WaitingLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("joined", "On the waiting list"), ("ended", "Nothing became free")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("to", models.EmailField(max_length=254, verbose_name="to")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "wish",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="coworking.waitingwish",
                        verbose_name="wish on the waiting list",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter about the waiting list",
                "verbose_name_plural": "letters about the waiting list",
                "constraints": [models.UniqueConstraint(fields=("wish", "kind"), name="waiting_letter_once_a_kind")],
            },
        ),
    ]

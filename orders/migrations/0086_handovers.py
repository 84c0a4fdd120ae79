"""Tickets that customers pass on, what letters and the history say of them, and which letter is about which."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q

EVENTS = [
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
    ("handed_over", "Ticket passed on by the customer"),
    ("taken_back", "Ticket taken back by the customer"),
    ("shared", "Booking shared"),
    ("unshared", "Shared address withdrawn"),
]
LETTERS = [
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
]


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0046_codes_follow_the_visitor"),
        ("orders", "0085_count_promo_uses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("former_name", models.CharField("former visitor's name", max_length=310)),
                ("name", models.CharField("name", max_length=310)),
                ("at", models.DateTimeField("when")),
                ("ended_at", models.DateTimeField("ended at", blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        verbose_name="who",
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        django.db.models.deletion.PROTECT,
                        related_name="+",
                        verbose_name="former visitor",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        "coworking.ticket",
                        django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="handovers",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        django.db.models.deletion.PROTECT,
                        related_name="+",
                        verbose_name="passed on to",
                    ),
                ),
            ],
            options={
                "verbose_name": "ticket passed on",
                "verbose_name_plural": "tickets passed on",
                "indexes": [models.Index(fields=["ticket", "-id"], name="handover_of_ticket")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["ticket"], name="handover_one_stands_a_ticket", condition=Q(ended_at__isnull=True)
                    ),
                    models.CheckConstraint(
                        condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("at")),
                        name="handover_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.AlterField("orderevent", "kind", models.CharField("kind", max_length=20, choices=EVENTS)),
        migrations.AlterField(
            "webhook", "kinds", ArrayField(models.CharField(max_length=20, choices=EVENTS), verbose_name="events")
        ),
        migrations.AlterField("message", "kind", models.CharField("kind", max_length=10, choices=LETTERS)),
        migrations.AddField(
            "message",
            "handover",
            models.ForeignKey(
                "orders.handover",
                django.db.models.deletion.PROTECT,
                blank=True,
                db_index=False,
                null=True,
                related_name="+",
                verbose_name="ticket passed on",
            ),
        ),
    ]

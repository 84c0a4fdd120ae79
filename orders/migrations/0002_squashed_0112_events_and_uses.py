"""The history of orders, what was accepted with them, and what was used of codes and passes."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="OrderEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
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
                        ("handed_over", "Ticket passed on by the customer"),
                        ("taken_back", "Ticket taken back by the customer"),
                        ("shared", "Booking shared"),
                        ("unshared", "Shared address withdrawn"),
                        ("merged", "Records of its person or company merged"),
                    ],
                    max_length=20,
                    verbose_name="kind",
                ),
            ),
            ("at", models.DateTimeField(default=timezone.now, verbose_name="when")),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="why")),
            ("data", models.JSONField(blank=True, default=dict, verbose_name="details")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="who",
                ),
            ),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="events", verbose_name="order")),
        ],
        options={
            "verbose_name": "event",
            "verbose_name_plural": "history",
            "constraints": [
                models.CheckConstraint(
                    condition=~Q(kind="block_overridden") | Q(by__isnull=False) & ~Q(reason=""),
                    name="event_of_an_overridden_block_says_who_and_why",
                )
            ],
            "indexes": [
                models.Index(fields=["order", "at"], name="event_of_order"),
                models.Index(
                    condition=Q(kind__in=["rule_overridden", "discount_given", "corrected"]),
                    fields=["at"],
                    name="event_of_a_decision",
                ),
                models.Index(
                    condition=Q(
                        kind__in=[
                            "created",
                            "status_changed",
                            "changed",
                            "change_undone",
                            "paid",
                            "refunded",
                            "refund_failed",
                            "corrected",
                            "approval_asked",
                            "place_released",
                            "tickets_restored",
                        ]
                    ),
                    fields=["at"],
                    name="event_of_the_news",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PromoUse",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("count", models.SmallIntegerField(verbose_name="uses")),
            ("at", models.DateTimeField(default=timezone.now, verbose_name="when")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="who",
                ),
            ),
            (
                "code",
                models.ForeignKey("orders.promocode", models.PROTECT, related_name="uses", verbose_name="promo code"),
            ),
            (
                "order",
                models.ForeignKey("orders.order", models.PROTECT, related_name="promo_uses", verbose_name="order"),
            ),
        ],
        options={
            "verbose_name": "use of a promo code",
            "verbose_name_plural": "uses of promo codes",
            "constraints": [
                models.CheckConstraint(condition=Q(count__in=[1, -1]), name="promo_use_is_taken_or_given_back")
            ],
        },
    ),
    migrations.CreateModel(
        name="PassEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("granted", "Sold"),
                        ("used", "Used"),
                        ("returned", "Given back"),
                        ("kept", "Kept by the cancellation terms"),
                        ("refunded", "Refunded"),
                        ("expired", "Expired"),
                    ],
                    max_length=10,
                    verbose_name="kind",
                ),
            ),
            ("units", models.SmallIntegerField(verbose_name="units")),
            ("at", models.DateTimeField(default=timezone.now, verbose_name="when")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="who",
                ),
            ),
            ("of_pass", models.ForeignKey("orders.pass", models.PROTECT, related_name="entries", verbose_name="pass")),
            (
                "order",
                models.ForeignKey(
                    "orders.order",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="pass_entries",
                    verbose_name="order",
                ),
            ),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="ticket",
                ),
            ),
        ],
        options={
            "verbose_name": "entry of a pass",
            "verbose_name_plural": "entries of passes",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(kind__in=["granted", "returned"], units__gt=0)
                    | Q(kind__in=["used", "kept"], units__lt=0)
                    | Q(kind__in=["refunded", "expired"], units__lte=0),
                    name="pass_entry_has_the_sign_of_its_kind",
                ),
                models.CheckConstraint(
                    condition=Q(kind__in=["used", "returned", "kept"]) ^ Q(order__isnull=True),
                    name="pass_entry_of_a_use_names_its_order",
                ),
                models.UniqueConstraint(condition=Q(kind="granted"), fields=("of_pass",), name="pass_granted_once"),
            ],
        },
    ),
    migrations.CreateModel(
        name="AcceptedTerms",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField(default=timezone.now, verbose_name="when")),
            (
                "document",
                models.ForeignKey("accounts.document", models.PROTECT, related_name="+", verbose_name="edition"),
            ),
            (
                "order",
                models.ForeignKey(
                    "orders.order", models.PROTECT, db_index=False, related_name="accepted_terms", verbose_name="order"
                ),
            ),
        ],
        options={
            "verbose_name": "accepted terms",
            "verbose_name_plural": "accepted terms",
            "constraints": [models.UniqueConstraint(fields=("order", "document"), name="accepted_terms_once_an_order")],
        },
    ),
    migrations.CreateModel(
        name="WaitedOrder",
        fields=[
            (
                "wish",
                models.OneToOneField(
                    "coworking.waitingwish",
                    models.PROTECT,
                    primary_key=True,
                    related_name="waited",
                    serialize=False,
                    verbose_name="wish on the waiting list",
                ),
            ),
            ("at", models.DateTimeField(default=timezone.now, verbose_name="when")),
            (
                "order",
                models.OneToOneField("orders.order", models.PROTECT, related_name="waited", verbose_name="order"),
            ),
        ],
        options={"verbose_name": "order from the waiting list", "verbose_name_plural": "orders from the waiting list"},
    ),
    migrations.CreateModel(
        name="Handover",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("former_name", models.CharField(max_length=310, verbose_name="former visitor's name")),
            ("name", models.CharField(max_length=310, verbose_name="name")),
            ("at", models.DateTimeField(verbose_name="when")),
            ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            (
                "former",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="former visitor"
                ),
            ),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket", models.PROTECT, db_index=False, related_name="handovers", verbose_name="ticket"
                ),
            ),
            (
                "to",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="passed on to"
                ),
            ),
        ],
        options={
            "verbose_name": "ticket passed on",
            "verbose_name_plural": "tickets passed on",
            "constraints": [
                models.UniqueConstraint(
                    condition=Q(ended_at__isnull=True), fields=("ticket",), name="handover_one_stands_a_ticket"
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("at")), name="handover_ends_after_it_began"
                ),
            ],
            "indexes": [models.Index(fields=["ticket", "-id"], name="handover_of_ticket")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0069_accepted_terms")]

    dependencies = [
        ("accounts", "0003_squashed_0042_roles_and_documents"),
        ("coworking", "0005_squashed_0062_waiting"),
        ("orders", "0001_squashed_0112_orders"),
    ]

    operations = [CreateTables(*TABLES)]

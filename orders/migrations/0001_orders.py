import uuid

import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("coworking", "0001_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
                ("service_name", models.CharField(max_length=100, verbose_name="service name")),
                ("tariff_name", models.CharField(max_length=60, verbose_name="tariff name")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                ("ticket_count", models.PositiveSmallIntegerField(verbose_name="tickets")),
                ("customer_name", models.CharField(max_length=310, verbose_name="customer's name")),
                ("phone", models.CharField(max_length=16, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "payment_method",
                    models.CharField(
                        choices=[
                            ("online", "Online payment by YooKassa"),
                            ("on_site", "On site"),
                            ("invoice", "By invoice"),
                            ("free", "Free of charge"),
                        ],
                        max_length=10,
                        verbose_name="payment method",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("awaiting_payment", "Awaiting payment"),
                            ("confirmed", "Confirmed"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Not paid in time"),
                        ],
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("pay_by", models.DateTimeField(blank=True, null=True, verbose_name="pay by")),
                ("comment", models.TextField(blank=True, max_length=1000, verbose_name="comment")),
                ("internal_note", models.TextField(blank=True, max_length=1000, verbose_name="internal note")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="customer",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "tariff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="coworking.tariff",
                        verbose_name="tariff",
                    ),
                ),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("created", "Order created"),
                            ("tickets", "Tickets"),
                            ("cancelled", "Order cancelled"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("to", models.EmailField(max_length=254, verbose_name="to")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
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
                            ("discount_given", "Discount given"),
                            ("contact_changed", "Contacts for this order only"),
                            ("status_changed", "Status changed"),
                            ("message_sent", "Message sent"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="why")),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="details")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "history",
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("tariff", "Tariff"), ("extra", "Extra"), ("discount", "Discount")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9, verbose_name="quantity")),
                (
                    "unit",
                    models.CharField(
                        blank=True,
                        choices=[("hour", "Hour"), ("day", "Day"), ("week", "Week"), ("month", "Month")],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                (
                    "unit_price",
                    olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="unit price"),
                ),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                (
                    "extra",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.extra",
                        verbose_name="extra",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="coworking.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "line",
                "verbose_name_plural": "lines",
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["location", "-number"], name="order_list"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["customer", "-number"], name="order_of_customer"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("location"),
                models.OrderBy(models.F("period__startswith"), descending=True),
                models.OrderBy(models.F("number"), descending=True),
                name="order_list_by_period",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["location", "customer_name", "number"], name="order_list_by_customer"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["location", "status", "-number"], name="order_list_by_status"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["location", "created_at"], name="order_list_by_creation"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=django.contrib.postgres.indexes.GistIndex(fields=["location", "period"], name="order_list_in_period"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("phone", "gin_trgm_ops"), name="order_phone_trigrams"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass("email", "text_pattern_ops"), name="order_email_prefix"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "awaiting_payment")), fields=["pay_by"], name="order_to_expire"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone__regex", "^\\+[1-9][0-9]{6,14}$")), name="order_phone_is_e164"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payment_method", "online"), _negated=True),
                    models.Q(("email", ""), _negated=True),
                    _connector="OR",
                ),
                name="order_paid_online_has_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "awaiting_payment"), _negated=True), ("pay_by__isnull", False), _connector="OR"
                ),
                name="order_awaits_payment_until_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(condition=models.Q(("ticket_count__gte", 1)), name="order_has_a_ticket"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("order", "kind"), name="message_of_a_kind_once_an_order"),
        ),
        migrations.AddIndex(
            model_name="orderevent",
            index=models.Index(fields=["order", "at"], name="event_of_order"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__lte", 0), ("kind", "discount")),
                    models.Q(models.Q(("kind", "discount"), _negated=True), ("amount__gte", 0)),
                    _connector="OR",
                ),
                name="line_only_a_discount_is_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "tariff"), _negated=True), ("ticket__isnull", False), _connector="OR"
                ),
                name="line_of_a_tariff_has_a_ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "extra"), _negated=True), ("extra__isnull", False), _connector="OR"
                ),
                name="line_of_an_extra_names_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="line_quantity_above_zero"),
        ),
    ]

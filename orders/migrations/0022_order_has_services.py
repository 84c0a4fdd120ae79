"""Refuse an order without a service, or with more bookings than tickets."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

SET_NOT_NULL = [
    migrations.RunSQL(
        "ALTER TABLE orders_order ADD CONSTRAINT order_names_services CHECK (service_ids IS NOT NULL) NOT VALID",
        "ALTER TABLE orders_order DROP CONSTRAINT order_names_services",
    ),
    migrations.RunSQL("ALTER TABLE orders_order VALIDATE CONSTRAINT order_names_services", migrations.RunSQL.noop),
    migrations.RunSQL(
        "ALTER TABLE orders_order ALTER COLUMN service_ids SET NOT NULL",
        "ALTER TABLE orders_order ALTER COLUMN service_ids DROP NOT NULL",
    ),
    migrations.RunSQL(
        "ALTER TABLE orders_order DROP CONSTRAINT order_names_services",
        "ALTER TABLE orders_order ADD CONSTRAINT order_names_services CHECK (service_ids IS NOT NULL)",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0021_fill_bookings")]
    operations = [
        migrations.SeparateDatabaseAndState(
            SET_NOT_NULL,
            [
                migrations.AlterField(
                    "order", "service_ids", ArrayField(models.BigIntegerField(), verbose_name="services")
                )
            ],
        ),
        AddConstraintNotValid(
            "order",
            models.CheckConstraint(
                condition=models.Q(booking_count__gte=1, booking_count__lte=models.F("ticket_count")),
                name="order_keeps_bookings_within_tickets",
            ),
        ),
        AddConstraintNotValid(
            "order",
            models.CheckConstraint(condition=models.Q(service_ids__len__gte=1), name="order_has_a_service"),
        ),
        ValidateConstraint("order", "order_keeps_bookings_within_tickets"),
        ValidateConstraint("order", "order_has_a_service"),
    ]

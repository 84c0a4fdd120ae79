import django.core.validators
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("coworking", "0065_locations_may_close_at_midnight")]

    operations = [
        migrations.AddField(
            "service",
            "own_order_minutes",
            models.PositiveSmallIntegerField(
                db_default=20,
                default=20,
                validators=[django.core.validators.MinValueValidator(20)],
                verbose_name="unpaid order of a customer's own is held, minutes",
            ),
        ),
        migrations.AddConstraint(
            "service",
            models.CheckConstraint(
                condition=Q(own_order_minutes__gte=20),
                name="service_holds_own_orders_twenty_minutes",
                violation_error_message="There are twenty minutes to pay at least.",
            ),
        ),
    ]

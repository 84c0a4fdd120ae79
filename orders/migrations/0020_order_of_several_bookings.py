"""Let an order have tickets of several services and periods: it keeps a summary of them for the lists."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_phone_is_a_number")]
    operations = [
        migrations.AddField(
            "order", "booking_count", models.PositiveSmallIntegerField("bookings", default=1, db_default=1)
        ),
        migrations.AlterField("order", "booking_count", models.PositiveSmallIntegerField("bookings", default=1)),
        migrations.AddField("order", "service_ids", ArrayField(models.BigIntegerField(), null=True)),
    ]

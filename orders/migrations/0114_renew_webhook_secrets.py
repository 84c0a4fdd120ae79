"""A webhook has another secret, and for a day the one before signs beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns that come empty: the table is locked for a moment."""

    dependencies = [("orders", "0113_find_orders_by_beginnings_of_names")]

    operations = [
        migrations.AddField(
            "webhook",
            "former_secret",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=250),
        ),
        migrations.AddField(
            "webhook",
            "renewed_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="secret renewed at"),
        ),
    ]

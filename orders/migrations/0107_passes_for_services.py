"""A pass keeps the further services that it pays for, and so does the order that sells it."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


def services(words: str) -> ArrayField:
    """Return the column: its default is one of the database, so that no row is written anew."""
    return ArrayField(base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, verbose_name=words)


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0062_passes_for_services"),
        ("orders", "0106_guard_orders_of_erased_people"),
    ]

    operations = [
        migrations.AddField("order", "also_services", services("the pass also pays for")),
        migrations.AddField("pass", "also_services", services("also pays for")),
    ]

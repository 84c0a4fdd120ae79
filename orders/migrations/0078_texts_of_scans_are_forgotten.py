"""What a scan without network has read may be empty, and an index of those where it is not yet."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0077_index_news")]

    operations = [
        migrations.AlterField(
            "offlinescan", "read_text", models.CharField(blank=True, max_length=200, verbose_name="what was read")
        ),
        AddIndexConcurrently(
            "offlinescan",
            models.Index(fields=["received_at"], name="offline_scan_with_text", condition=~Q(read_text="")),
        ),
    ]

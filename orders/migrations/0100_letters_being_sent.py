"""A letter is held by its sender; see docs/decisions/083-no-letter-twice.md."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0099_index_passes")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="sending_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="being sent until"),
        )
        for name in ("message", "waitingletter")
    ]

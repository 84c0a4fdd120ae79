"""Store until when an invoice is to be paid."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0045_line_tax"),
    ]

    operations = [
        migrations.AddField(
            model_name="issuedinvoice",
            name="pay_by",
            field=models.DateField(blank=True, null=True, verbose_name="pay by"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0118_fill_paid_by")]

    operations = [
        migrations.AlterField(
            model_name="refund",
            name="source",
            field=models.CharField(
                choices=[
                    ("staff", "By a manager"),
                    ("late_payment", "Paid too late"),
                    ("duplicate", "Paid twice"),
                    ("excess", "More was paid than the order costs"),
                    ("external", "In the provider's cabinet"),
                ],
                max_length=15,
                verbose_name="source",
            ),
        ),
    ]

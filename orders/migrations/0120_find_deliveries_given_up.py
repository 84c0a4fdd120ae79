from django.db import migrations, models

from olvery.shared.tables import BuildIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0119_alter_refund_source")]

    operations = [
        BuildIndex(
            "delivery",
            models.Index(fields=["-id"], name="delivery_given_up", condition=models.Q(status="failed")),
        ),
    ]

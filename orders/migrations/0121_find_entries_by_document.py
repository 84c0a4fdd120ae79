from django.db import migrations, models

from olvery.shared.tables import BuildIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0120_find_deliveries_given_up")]

    operations = [
        BuildIndex(
            "ledgerentry",
            models.Index(fields=["document"], name="entry_by_document", condition=~models.Q(document="")),
        ),
    ]

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0021_guard_documents"),
        ("orders", "0068_event_block_overridden"),
    ]

    operations = [
        migrations.CreateModel(
            name="AcceptedTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.document",
                        verbose_name="edition",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_terms",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "accepted terms",
                "verbose_name_plural": "accepted terms",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "document"), name="accepted_terms_once_an_order")
                ],
            },
        ),
    ]

"""Lists of companies from spreadsheets."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0052_stock_of_extras"),
        ("orders", "0096_letter_of_passes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=100, verbose_name="file")),
                ("rows", models.JSONField(default=list, verbose_name="rows")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported at")),
                ("created", models.PositiveIntegerField(default=0, verbose_name="added")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of companies",
                "verbose_name_plural": "imports of companies",
                "indexes": [models.Index(fields=["location", "-id"], name="company_import_of_location")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("imported_at__isnull", False), models.Q(("changed", 0), ("created", 0)), _connector="OR"
                        ),
                        name="company_import_counts_once_imported",
                    )
                ],
            },
        ),
    ]

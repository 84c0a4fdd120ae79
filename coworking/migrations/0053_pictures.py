"""Uploaded pictures, re-encoded, and the photos of services and locations."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0052_stock_of_extras")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(db_index=True, max_length=32, verbose_name="digest")),
                ("width", models.PositiveSmallIntegerField(verbose_name="width, pixels")),
                ("height", models.PositiveSmallIntegerField(verbose_name="height, pixels")),
                (
                    "widths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), size=None, verbose_name="widths, pixels"
                    ),
                ),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{32}$")), name="picture_digest_is_hexadecimal"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("height__gt", 0),
                            ("width__gt", 0),
                            ("widths__contains", [models.F("width")]),
                            ("widths__len__gte", 1),
                        ),
                        name="picture_has_a_size",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PictureFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("width", models.PositiveSmallIntegerField(verbose_name="width, pixels")),
                ("content", models.BinaryField(verbose_name="content")),
                (
                    "picture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="coworking.picture",
                        verbose_name="picture",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a picture",
                "verbose_name_plural": "files of pictures",
                "constraints": [models.UniqueConstraint(fields=("picture", "width"), name="picture_file_once_a_width")],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("alt", models.CharField(blank=True, max_length=100, verbose_name="what it shows")),
                ("is_decorative", models.BooleanField(default=False, verbose_name="decorative")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order of the photos")),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "picture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photo",
                        to="coworking.picture",
                        verbose_name="picture",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "photo",
                "verbose_name_plural": "photos",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("location__isnull", False), ("service__isnull", True)),
                            models.Q(("location__isnull", True), ("service__isnull", False)),
                            _connector="OR",
                        ),
                        name="photo_of_a_service_or_a_location",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_decorative", True), ("alt", "")),
                            models.Q(("is_decorative", False), models.Q(("alt", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="photo_described_or_decorative",
                        violation_error_message="Say what the photo shows, or tick «decorative».",
                    ),
                ],
            },
        ),
    ]

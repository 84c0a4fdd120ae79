import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_kinds_of_own_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("policy", "Personal-data policy"),
                            ("offer", "Public offer"),
                            ("rules", "House rules"),
                            ("account", "Account without an order"),
                            ("advertising", "Letters about discounts and events"),
                        ],
                        max_length=12,
                        verbose_name="document",
                    ),
                ),
                ("edition", models.PositiveSmallIntegerField(editable=False, verbose_name="edition")),
                ("text", models.TextField(help_text="An empty line begins a new paragraph.", verbose_name="text")),
                ("changes", models.CharField(blank=True, max_length=300, verbose_name="what changed")),
                ("published_at", models.DateTimeField(editable=False, verbose_name="published at")),
                (
                    "published_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition of a document",
                "verbose_name_plural": "documents",
            },
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("policy", "Personal-data policy"),
                            ("offer", "Public offer"),
                            ("rules", "House rules"),
                            ("account", "Account without an order"),
                            ("advertising", "Letters about discounts and events"),
                        ],
                        max_length=12,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[("given", "given"), ("withdrawn", "withdrawn")], max_length=10, verbose_name="action"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("profile", "on the page of the profile")], max_length=10, verbose_name="channel"
                    ),
                ),
                ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("client", models.CharField(blank=True, max_length=200, verbose_name="browser")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.document",
                        verbose_name="edition",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
            },
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("kind", "edition"), name="document_edition_once"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(fields=("id", "kind"), name="document_key_of_its_kind"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("edition__gte", 1)), name="document_edition_is_counted_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="document_has_a_text"
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(fields=["person", "purpose", "-id"], name="consent_of_person"),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ("account", "advertising"))),
                name="consent_for_a_purpose_that_needs_one",
            ),
        ),
    ]

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_people"),
        ("coworking", "0001_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="location",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="coworking.location",
                verbose_name="location",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["name_key"], name="user_name_prefix"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["given_key", "name_key"], name="user_given_prefix"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("name_key", "gin_trgm_ops"), name="user_name_trigrams"
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("phone", "gin_trgm_ops"), name="user_phone_trigrams"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone__isnull", True), ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), _connector="OR"),
                name="user_phone_is_e164",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("email__isnull", True),
                    models.Q(
                        ("email", django.db.models.functions.text.Lower("email")),
                        models.Q(("email", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="user_email_is_lower_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("user", "location", "role"), name="membership_held_once"),
        ),
    ]

"""Mark phones that people have typed themselves: a sign-in code goes to proved ones alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0029_people_import")]
    operations = [
        migrations.AddField(
            "user", "phone_is_claim", models.BooleanField(default=False, db_default=False, editable=False)
        ),
    ]

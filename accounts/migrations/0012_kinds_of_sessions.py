from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_guard_security_events"),
    ]

    operations = [
        migrations.AlterField(
            model_name="securityevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("signed_in", "Sign-in"),
                    ("failed", "Sign-in failed"),
                    ("locked_out", "Too many attempts, stopped"),
                    ("code_sent", "Code for sign-in sent"),
                    ("password", "Password changed"),
                    ("rights", "Rights changed"),
                    ("ended", "All sessions ended"),
                ],
                max_length=12,
                verbose_name="event",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_user_wants_reminders"),
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
                    ("factor_on", "Second factor added"),
                    ("factor_off", "Second factor removed"),
                    ("session_off", "Session ended"),
                    ("others_off", "All other sessions ended"),
                    ("email", "E-mail changed"),
                    ("phone", "Phone changed"),
                ],
                max_length=12,
                verbose_name="event",
            ),
        ),
    ]

"""Private addresses of calendars, a row a person who has one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.calendar_feed


class Migration(migrations.Migration):
    dependencies = [("accounts", "0024_screen_of_programs")]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="calendar_feed",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=accounts.models.calendar_feed.new_token,
                        max_length=43,
                        unique=True,
                        verbose_name="token",
                    ),
                ),
            ],
            options={"verbose_name": "calendar feed", "verbose_name_plural": "calendar feeds"},
        )
    ]

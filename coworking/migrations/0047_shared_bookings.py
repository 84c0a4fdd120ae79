"""Addresses at which others see a booking, a row a ticket that has one."""

import django.db.models.deletion
from django.db import migrations, models

import coworking.models.share


class Migration(migrations.Migration):
    dependencies = [("coworking", "0046_codes_follow_the_visitor")]

    operations = [
        migrations.CreateModel(
            name="TicketShare",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="share",
                        serialize=False,
                        to="coworking.ticket",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=coworking.models.share.new_token, max_length=43, unique=True, verbose_name="token"
                    ),
                ),
                ("shows_code", models.BooleanField(verbose_name="shows the code")),
                ("code_version", models.SmallIntegerField(verbose_name="version of the code")),
                ("made_at", models.DateTimeField(verbose_name="created at")),
            ],
            options={"verbose_name": "shared booking", "verbose_name_plural": "shared bookings"},
        )
    ]

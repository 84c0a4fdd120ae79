"""The secret URL of a person's calendar."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


def new_token() -> str:
    """Return an unguessable token of 256 bits."""
    return secrets.token_urlsafe(32)


class CalendarFeed(models.Model):
    """Anyone with the token can see when and where the person comes. Without a row there is no such URL."""

    person = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="calendar_feed", verbose_name=_("person")
    )
    token = models.CharField(_("token"), max_length=43, unique=True, default=new_token)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.person_id)

"""The private address of a person's calendar."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


def new_token() -> str:
    """Return a token that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


class CalendarFeed(models.Model):
    """Whoever has the token reads when and where the person comes. Without a row there is no such address."""

    person = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="calendar_feed", verbose_name=_("person")
    )
    token = models.CharField(_("token"), max_length=43, unique=True, default=new_token)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.person_id)

"""The link by which others see where and when somebody comes."""

import secrets

from django.db import models
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from coworking.models.ticket import Ticket


def new_token() -> str:
    """Return an unguessable token of 256 bits."""
    return secrets.token_urlsafe(32)


class TicketShareQuerySet(QuerySet["TicketShare"]):
    """Named queries on shared bookings."""

    def standing(self) -> "TicketShareQuerySet":
        """Return the shares whose ticket has not been passed on to another visitor since."""
        return self.filter(code_version=F("ticket__code_version"))


class TicketShare(models.Model):
    """Anyone with the token can see the booking until its end. Without a row there is no such link."""

    ticket = models.OneToOneField(
        Ticket, models.CASCADE, primary_key=True, related_name="share", verbose_name=_("ticket")
    )
    token = models.CharField(_("token"), max_length=43, unique=True, default=new_token)
    shows_code = models.BooleanField(_("shows the code"))
    code_version = models.SmallIntegerField(_("version of the code"))
    made_at = models.DateTimeField(_("created at"))

    objects = TicketShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("shared booking")
        verbose_name_plural = _("shared bookings")

    def __str__(self) -> str:
        return str(self.ticket_id)

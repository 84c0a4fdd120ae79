"""Up to when a person has seen what happens at a location."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location


class LastLook(models.Model):
    """Where the news of a person at a location begin; the same on all their devices."""

    user = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(Location, models.CASCADE, db_index=False, related_name="+", verbose_name=_("location"))
    seen_until = models.DateTimeField(_("seen until"))

    class Meta:
        verbose_name = _("last look")
        verbose_name_plural = _("last looks")
        constraints = [models.UniqueConstraint(fields=["user", "location"], name="last_look_once_a_location")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seen_until:%Y-%m-%d %H:%M}"

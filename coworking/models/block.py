"""Places taken out of sale for a time."""

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models.seat import Seat
from coworking.models.service import Service
from olvery.shared.fields import PeriodField


class Block(models.Model):
    """A seat, or some places of a pool, that nobody may book: «Blocked» with a reason."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="blocks", verbose_name=_("service"))
    seat = models.ForeignKey(Seat, models.CASCADE, null=True, blank=True, related_name="blocks", verbose_name=_("seat"))
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    period = PeriodField(_("period"))
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("created by"))

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        indexes = [GistIndex(fields=["service", "period"], name="block_usage")]
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="block_period_has_both_ends",
            ),
            models.CheckConstraint(condition=Q(seat__isnull=True) | Q(places=1), name="block_of_a_seat_is_one_place"),
            models.CheckConstraint(condition=Q(places__gte=1), name="block_takes_a_place"),
        ]

    def __str__(self) -> str:
        return self.reason

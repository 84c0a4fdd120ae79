"""Places taken out of sale for a time."""

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models.seat import Seat
from coworking.models.service import Service
from olvery.shared.fields import PeriodField
from olvery.shared.periods import Period


class BlockQuerySet(QuerySet["Block"]):
    """Named queries on blocks."""

    def standing(self) -> "BlockQuerySet":
        """Return the blocks that have not been lifted."""
        return self.filter(lifted_at=None)

    def open_to_managers(self) -> "BlockQuerySet":
        """Return the blocks that managers may book over."""
        return self.filter(is_open_to_managers=True)


class Block(models.Model):
    """A seat, or some places of a pool, that nobody may book: «Blocked» with a reason.

    Without a seat, a block of numbered seats covers all of them. Lifted blocks are kept, with who lifted them and when.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="blocks", verbose_name=_("service"))
    seat = models.ForeignKey(Seat, models.CASCADE, null=True, blank=True, related_name="blocks", verbose_name=_("seat"))
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    period = PeriodField(_("period"))
    reason = models.CharField(_("reason"), max_length=200)
    is_open_to_managers = models.BooleanField(
        _("managers may order over it"),
        default=False,
        db_default=False,
        help_text=_("Each order needs a reason, which goes into its history."),
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now, null=True, editable=False)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)

    objects = BlockQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="block_is_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    def meets(self, seat: Seat | None, occupied: Period) -> bool:
        """Return whether it prevents booking this seat of its service for this period."""
        is_there = seat is not None and seat.service_id == self.service_id and self.seat_id in (None, seat.pk)
        return is_there and self.period.overlaps(occupied)

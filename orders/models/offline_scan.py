"""What a door without network has let in or out, sent once the network was back."""

import uuid

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location, Ticket, Visit


class OfflineScanQuerySet(QuerySet["OfflineScan"]):
    """Named queries on scans made without network."""

    def to_settle(self, location: Location) -> "OfflineScanQuerySet":
        """Return the scans of a location that a person has to look at, the oldest first."""
        return self.filter(~Q(reason=""), location=location, settled_at=None).order_by("scanned_at", "pk")

    def with_text(self) -> "OfflineScanQuerySet":
        """Return the scans whose text is still kept."""
        return self.exclude(read_text="")


class OfflineScan(models.Model):
    """One scan without network: a visit, or the reason why somebody has to look at it; often both."""

    # Made by the device: sent again, it is the same scan.
    token = models.UUIDField(_("token"), unique=True, default=uuid.uuid4)
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("scanned by"))
    # Empty after 30 days.
    read_text = models.CharField(_("what was read"), max_length=200, blank=True)
    is_leaving = models.BooleanField(_("leaving"), default=False)
    scanned_at = models.DateTimeField(_("scanned at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    # Nothing where no ticket of the location was read.
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("ticket")
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("visit")
    )
    # The key of the refusal; empty where there is nothing to look at.
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("settled by")
    )

    objects = OfflineScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan without network")
        verbose_name_plural = _("scans without network")
        indexes = [
            models.Index(
                fields=["location", "scanned_at"],
                name="offline_scan_to_settle",
                condition=~Q(reason="") & Q(settled_at=None),
            ),
            models.Index(fields=["received_at"], name="offline_scan_with_text", condition=~Q(read_text="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scanned_at__lte=F("received_at")), name="offline_scan_before_it_was_received"
            ),
            models.CheckConstraint(
                condition=Q(visit__isnull=False) | ~Q(reason=""), name="offline_scan_is_a_visit_or_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(visit=None) | Q(ticket__isnull=False), name="offline_scan_visit_is_on_a_ticket"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="offline_scan_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.read_text} {self.scanned_at:%Y-%m-%d %H:%M}"

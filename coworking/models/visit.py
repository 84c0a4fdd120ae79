"""Who came through the door on a ticket, and when they left."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models.location import Location
from coworking.models.ticket import Ticket
from olvery.shared.fields import EnumField


class VisitSource(models.TextChoices):
    """How a ticket was read at the door."""

    CODE = "code", _("QR code")
    NUMBER = "number", _("Number")
    LIST = "list", _("Chosen from a list")


class Visit(models.Model):
    """One stay on a ticket; a monthly ticket has many. An undone one is kept as history but does not count."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, db_index=False, related_name="visits", verbose_name=_("ticket"))
    # The ticket's location: a service never changes its location.
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    # Token of the form that let the visitor in: sent twice, it is the same visit.
    scan_id = models.UUIDField(_("scan"), unique=True, default=uuid.uuid4)
    source = EnumField(VisitSource, _("how it was read"), max_length=10)
    arrived_at = models.DateTimeField(_("arrived at"))
    let_in_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("let in by"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    # Empty if the clock ended a visit that was left open.
    let_out_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("let out by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["ticket", "-arrived_at"], name="visit_of_ticket"),
            models.Index(fields=["location", "-arrived_at"], name="visit_at_location"),
            models.Index(fields=["location"], name="visit_open_at_location", condition=Q(left_at=None, undone_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], name="visit_one_open_a_ticket", condition=Q(left_at=None, undone_at=None)
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("arrived_at")), name="visit_left_after_arriving"
            ),
            models.CheckConstraint(
                condition=Q(let_out_by=None) | Q(left_at__isnull=False), name="visit_let_out_at_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="visit_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.arrived_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether the visitor is still on site."""
        return self.left_at is None and self.undone_at is None


class Lateness(models.Model):
    """A late visitor for one start of a ticket: when they were warned, and whether a manager keeps the place."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, db_index=False, related_name="latenesses", verbose_name=_("ticket")
    )
    # A ticket that is moved to another time starts over.
    starts_at = models.DateTimeField(_("start of the booking"))
    warned_at = models.DateTimeField(_("warned at"), null=True, blank=True)
    release_at = models.DateTimeField(_("released from"), null=True, blank=True)
    kept_at = models.DateTimeField(_("kept at"), null=True, blank=True)
    kept_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("kept by")
    )

    class Meta:
        verbose_name = _("late visitor")
        verbose_name_plural = _("late visitors")
        indexes = [models.Index(fields=["release_at"], name="lateness_to_release", condition=Q(kept_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "starts_at"], name="lateness_once_a_start"),
            models.CheckConstraint(
                condition=Q(warned_at=None, release_at=None, kept_at__isnull=False)
                | Q(warned_at__isnull=False, release_at__gt=F("warned_at")),
                name="lateness_warned_before_release",
            ),
            models.CheckConstraint(
                condition=Q(kept_at=None, kept_by=None) | Q(kept_at__isnull=False, kept_by__isnull=False),
                name="lateness_kept_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.starts_at:%Y-%m-%d %H:%M}"

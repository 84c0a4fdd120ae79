"""The cancellation policy of a service."""

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coworking.models.service import Service


class CancellationStepQuerySet(models.QuerySet["CancellationStep"]):
    """Named queries on cancellation steps."""

    def saved_last(self) -> Self:
        """Return the steps of the terms that were saved last."""
        return self.filter(until=None)


class CancellationStep(models.Model):
    """A step of a service's cancellation policy: the percentage returned at least so many hours before the start.

    After the start nothing is returned. A service without steps returns everything until the start.

    It applies to orders made from `since` (None: always) until `until` (None: still valid). Once something of the
    service is sold, the database only lets a step end, so orders keep the terms they were made under.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="cancellation_steps", verbose_name=_("service"))
    hours_before = models.PositiveSmallIntegerField(_("at least, hours before the start"))
    percent = models.PositiveSmallIntegerField(_("is returned, %"), validators=[MaxValueValidator(100)])

    since = models.DateTimeField(_("for orders from"), null=True, blank=True, editable=False)
    until = models.DateTimeField(_("for orders until"), null=True, blank=True, editable=False)

    objects = CancellationStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("cancellation step")
        verbose_name_plural = _("cancellation policy")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "hours_before"],
                condition=Q(until=None),
                name="cancellation_step_once_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="cancellation_step_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="cancellation_step_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.hours_before}: {self.percent} %"

    def holds_at(self, moment: datetime) -> bool:
        """Whether it applies to an order made at this moment."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

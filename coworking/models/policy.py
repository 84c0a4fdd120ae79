"""The cancellation policy of a service."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coworking.models.service import Service


class CancellationStep(models.Model):
    """A step of a service's cancellation policy: the percentage returned from so many hours before the start.

    After the start nothing is returned. A service without steps returns everything until the start.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="cancellation_steps", verbose_name=_("service"))
    hours_before = models.PositiveSmallIntegerField(_("at least, hours before the start"))
    percent = models.PositiveSmallIntegerField(_("is returned, %"), validators=[MaxValueValidator(100)])

    class Meta:
        verbose_name = _("cancellation step")
        verbose_name_plural = _("cancellation policy")
        constraints = [
            models.UniqueConstraint(fields=["service", "hours_before"], name="cancellation_step_once_a_notice"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="cancellation_step_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.hours_before}: {self.percent} %"

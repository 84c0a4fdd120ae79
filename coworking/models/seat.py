"""Numbered seats and their positions on the plan."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coworking.models.service import Service


class Seat(models.Model):
    """A numbered place of a service: a desk in the quiet zone, a meeting room."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="seats", verbose_name=_("service"))
    label = models.CharField(_("number"), max_length=20)
    note = models.CharField(_("note"), max_length=60, blank=True, help_text=_("«for 6 people, screen»"))
    table = models.PositiveSmallIntegerField(_("table on the plan"), default=1)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [models.UniqueConstraint(fields=["service", "label"], name="seat_label_once_a_service")]

    def __str__(self) -> str:
        return self.label

"""Files of lists that are too long to be made while somebody waits."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ListName, User
from coworking.models import Location
from olvery.shared.fields import EnumField


class ExportFormat(models.TextChoices):
    XLSX = "xlsx", "XLSX"
    CSV = "csv", "CSV"


class ExportStatus(models.TextChoices):
    QUEUED = "queued", _("Waits for its turn")
    WORKING = "working", _("Being written")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


UNDER_WAY = (ExportStatus.QUEUED, ExportStatus.WORKING)


class ExportQuerySet(QuerySet["Export"]):
    def under_way(self) -> "ExportQuerySet":
        """Return the exports whose file is still to come."""
        return self.filter(status__in=UNDER_WAY)

    def of(self, user: User, location_id: int) -> "ExportQuerySet":
        """Return what a person has asked for at a location: nobody else gets to see it."""
        return self.filter(by=user, location_id=location_id)


class Export(models.Model):
    """A file of a list as it was narrowed and sorted; its row goes with the file, a week after it was asked for."""

    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    what = EnumField(ListName, _("list"), max_length=10)
    format = EnumField(ExportFormat, _("kind of file"), max_length=4)
    # Filters and sort as the list has them in its address; «today» is the day of `asked_at`.
    query = models.TextField(_("filters"), blank=True)
    language = models.CharField(_("language"), max_length=7)
    status = EnumField(ExportStatus, _("status"), max_length=10, default=ExportStatus.QUEUED)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), null=True, blank=True)
    asked_at = models.DateTimeField(_("requested at"), default=timezone.now)
    # When rows were last written.
    moved_at = models.DateTimeField(_("went on at"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    form_token = models.UUIDField(_("form token"), default=uuid.uuid4)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["by", "location", "-id"], name="export_of_person"),
            models.Index(fields=["asked_at"], name="export_to_forget"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["by", "form_token"], name="export_once_a_form"),
            models.CheckConstraint(
                condition=Q(status=ExportStatus.READY, size__isnull=False, ready_at__isnull=False)
                | ~Q(status=ExportStatus.READY) & Q(size__isnull=True, ready_at__isnull=True),
                name="export_is_ready_with_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} № {self.pk}"

    @property
    def path(self) -> Path:
        """Where the file is once it is ready; the name cannot be guessed."""
        return Path(settings.EXPORT_DIR) / f"{self.pk}-{self.form_token}.{self.format}"

    @property
    def is_under_way(self) -> bool:
        """Whether the file is still to come."""
        return self.status in UNDER_WAY

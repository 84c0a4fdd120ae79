"""Lists from spreadsheets: uploaded and previewed, then imported as a whole."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class Basis(models.TextChoices):
    """The legal basis for processing the data of the people on a list, article 6 of 152-FZ."""

    CONTRACT = "contract", _("A contract")
    CONSENT = "consent", _("Written consents")


Uploaded = TypeVar("Uploaded", bound="UploadedList")


class UploadedListQuerySet(QuerySet[Uploaded]):
    """Named queries on uploaded lists."""

    def of(self, user: User, location_id: int) -> Self:
        """Return what a person has uploaded at a location."""
        return self.filter(by=user, location_id=location_id)

    def done_at(self, location_id: int) -> Self:
        """Return what was imported at a location by anybody, newest first."""
        done = self.filter(location_id=location_id, imported_at__isnull=False)
        return done.select_related("by").order_by("-pk")


class UploadedList(models.Model):
    """One uploaded list. Its rows are deleted after a day; who imported how many is kept."""

    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(
        "coworking.Location", models.PROTECT, db_index=False, related_name="+", verbose_name=_("location")
    )
    file_name = models.CharField(_("file"), max_length=100)
    # [{"line": 2, "values": {"phone": "+7…"}, "errors": {"email": "…"}}]; once imported, only rows with errors.
    rows = models.JSONField(_("rows"), default=list)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    created = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)

    objects = UploadedListQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name


def counted_once_imported(name: str) -> models.CheckConstraint:
    """Return the constraint that a list that is not imported has no counts."""
    return models.CheckConstraint(condition=Q(imported_at__isnull=False) | Q(created=0, changed=0), name=name)


class PeopleImport(UploadedList):
    """A list of people. The basis of the import is also kept."""

    basis = EnumField(Basis, _("basis of processing"), max_length=10)
    created = models.PositiveIntegerField(_("registered"), default=0)

    class Meta:
        verbose_name = _("import of people")
        verbose_name_plural = _("imports of people")
        indexes = [models.Index(fields=["location", "-id"], name="people_import_of_location")]
        constraints = [counted_once_imported("people_import_counts_once_imported")]

"""A list of companies from a spreadsheet: uploaded and looked at, then imported as a whole."""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location


class CompanyImportQuerySet(QuerySet["CompanyImport"]):
    def of(self, user: User, location_id: int) -> "CompanyImportQuerySet":
        """Return what a person has uploaded at a location."""
        return self.filter(by=user, location_id=location_id)

    def done_at(self, location_id: int) -> "CompanyImportQuerySet":
        """Return what was imported at a location by anybody, newest first."""
        done = self.filter(location_id=location_id, imported_at__isnull=False)
        return done.select_related("by").order_by("-pk")


class CompanyImport(models.Model):
    """One uploaded list. Its rows are deleted after a day; who imported how many stays."""

    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    file_name = models.CharField(_("file"), max_length=100)
    # [{"line": 2, "values": {"inn": "7810000001"}, "errors": {"kpp": "…"}}]; once imported, only rows with errors.
    rows = models.JSONField(_("rows"), default=list)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    created = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)

    objects = CompanyImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of companies")
        verbose_name_plural = _("imports of companies")
        indexes = [models.Index(fields=["location", "-id"], name="company_import_of_location")]
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at__isnull=False) | Q(created=0, changed=0),
                name="company_import_counts_once_imported",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

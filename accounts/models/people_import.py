"""A list of people from a spreadsheet: uploaded and looked at, then imported as a whole."""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class Basis(models.TextChoices):
    """What allows the data of the people in a list to be processed, article 6 of 152-FZ."""

    CONTRACT = "contract", _("A contract")
    CONSENT = "consent", _("Written consents")


class PeopleImportQuerySet(QuerySet["PeopleImport"]):
    """Named queries on imports."""

    def of(self, user: User, location_id: int) -> "PeopleImportQuerySet":
        """Return what a person has uploaded at a location."""
        return self.filter(by=user, location_id=location_id)

    def done_at(self, location_id: int) -> "PeopleImportQuerySet":
        """Return what was imported at a location by anybody, newest first."""
        done = self.filter(location_id=location_id, imported_at__isnull=False)
        return done.select_related("by").order_by("-pk")


class PeopleImport(models.Model):
    """One uploaded list. Its rows are deleted after a day; who imported how many, and on which basis, stays."""

    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(
        "coworking.Location", models.PROTECT, db_index=False, related_name="+", verbose_name=_("location")
    )
    basis = EnumField(Basis, _("basis of processing"), max_length=10)
    file_name = models.CharField(_("file"), max_length=100)
    # [{"line": 2, "values": {"phone": "+7…"}, "errors": {"email": "…"}}]; once imported, only rows with errors.
    rows = models.JSONField(_("rows"), default=list)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    created = models.PositiveIntegerField(_("registered"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)

    objects = PeopleImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of people")
        verbose_name_plural = _("imports of people")
        indexes = [models.Index(fields=["location", "-id"], name="people_import_of_location")]
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at__isnull=False) | Q(created=0, changed=0),
                name="people_import_counts_once_imported",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

"""A list of companies from a spreadsheet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import UploadedList
from accounts.models.people_import import counted_once_imported


class CompanyImport(UploadedList):
    """A list of requisites."""

    class Meta:
        verbose_name = _("import of companies")
        verbose_name_plural = _("imports of companies")
        indexes = [models.Index(fields=["location", "-id"], name="company_import_of_location")]
        constraints = [counted_once_imported("company_import_counts_once_imported")]

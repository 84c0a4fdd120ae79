"""Merges of two records of one person or company: append-only, enforced by the database."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.company import Company
from accounts.models.people import User


class PersonMerge(models.Model):
    """What moved from one record of a person to the other, who merged them, and why."""

    kept = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("record that stays"))
    gone = models.OneToOneField(User, models.PROTECT, related_name="merge", verbose_name=_("record that was merged"))
    reason = models.CharField(_("why"), max_length=300)
    # Name and contacts of the record that was merged; emptied when the person is erased.
    contacts = models.JSONField(_("former name and contacts"), default=dict)
    # What it replaced in the kept record; emptied together with it.
    replaced = models.JSONField(_("replaced name and contacts"), default=dict)
    # Keys of what moved, by kind.
    moved = models.JSONField(_("what moved"), default=dict)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("merge of people")
        verbose_name_plural = _("merges of people")
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="person_merge_of_two"),
            models.CheckConstraint(condition=~Q(by=F("kept")) & ~Q(by=F("gone")), name="person_merge_by_another"),
            models.CheckConstraint(condition=~Q(reason=""), name="person_merge_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CompanyMerge(models.Model):
    """What moved from one record of a company to the other, who merged them, and why."""

    kept = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("record that stays"))
    gone = models.OneToOneField(Company, models.PROTECT, related_name="merge", verbose_name=_("record that was merged"))
    reason = models.CharField(_("why"), max_length=300)
    # Keys of what moved, by kind.
    moved = models.JSONField(_("what moved"), default=dict)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("merge of companies")
        verbose_name_plural = _("merges of companies")
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="company_merge_of_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="company_merge_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

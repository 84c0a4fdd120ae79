"""Companies that people order for: their requisites, members and changes."""

import re
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.people_query import names_in
from olvery.shared.fields import EnumField
from olvery.shared.money import MoneyField
from olvery.shared.requisites import validate_inn, validate_kpp
from olvery.shared.search import has_words, search_key

FEWEST_DIGITS = 4


class CompanyQuerySet(QuerySet["Company"]):
    """Named queries on companies."""

    def found_by(self, text: str) -> "CompanyQuerySet":
        """Return the companies whose INN begins with these digits, or whose name has words that begin with these."""
        digits = re.sub(r"\s", "", text)
        if re.fullmatch(rf"[0-9]{{{FEWEST_DIGITS},12}}", digits):
            return self.filter(inn__startswith=digits)
        named = [has_words(name.split()) for name in names_in(text)]
        return self.filter(reduce(or_, named)) if named else self.none()

    def standing(self) -> "CompanyQuerySet":
        """Return the companies that were not merged into another one."""
        return self.filter(merged_into=None)

    def of_person(self, person_id: int) -> "CompanyQuerySet":
        """Return the companies that a person belongs to, by name."""
        return self.filter(members__person=person_id).order_by("name_key", "pk")


class Company(models.Model):
    """A company or a sole trader that people order for, known by its INN.

    Shared by the whole site, like people: a company may book at several locations.
    """

    inn = models.CharField(_("INN"), max_length=12, unique=True, validators=[validate_inn])
    kpp = models.CharField(_("KPP"), max_length=9, blank=True, validators=[validate_kpp])
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("legal address"), max_length=300, blank=True)
    agreement = models.CharField(_("agreement number"), max_length=60, blank=True)
    # The record of the same company that now has its people and orders; always the final one.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    email = models.EmailField(_("e-mail for invoices and acts"), blank=True, default="", db_default="")
    # The limit for its unpaid orders by invoice, roubles; empty if it does not order on account.
    credit_limit = MoneyField(_("limit of orders on account"), null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    name_key = models.CharField(max_length=410, editable=False, db_collation="C")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            models.Index(fields=["name_key", "id"], name="company_list"),
            GinIndex(OpClass("name_key", "gin_trgm_ops"), name="company_name_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(inn__regex=r"^[0-9]{10}$") & ~Q(kpp="") | Q(inn__regex=r"^[0-9]{12}$", kpp=""),
                name="company_kpp_fits_its_inn",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="company_has_a_name"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="company_merged_into_another"
            ),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="company_limit_not_below_zero"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the normalized name that the search compares."""
        self.normalize()
        super().save(*args, **kwargs)

    def normalize(self) -> None:
        """Fill the derived field; called by save, and explicitly before a bulk write."""
        self.name_key = search_key(self.name)[:410]


class CompanyMember(models.Model):
    """A person who may order for a company."""

    company = models.ForeignKey(
        Company, models.PROTECT, db_index=False, related_name="members", verbose_name=_("company")
    )
    person = models.ForeignKey(User, models.PROTECT, related_name="at_companies", verbose_name=_("person"))
    # Sees the orders of all members.
    is_administrator = models.BooleanField(_("administrator of the company"), default=False, db_default=False)

    class Meta:
        verbose_name = _("person of a company")
        verbose_name_plural = _("people of companies")
        constraints = [models.UniqueConstraint(fields=["company", "person"], name="company_member_once")]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.person_id}"


class CompanyAction(models.TextChoices):
    """What happened to a company."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    JOINED = "joined", _("person added")
    LEFT = "left", _("person removed")
    PROMOTED = "promoted", _("administrator appointed")
    DEMOTED = "demoted", _("administrator dismissed")
    MERGED = "merged", _("records merged")


OF_A_PERSON = (CompanyAction.JOINED, CompanyAction.LEFT, CompanyAction.PROMOTED, CompanyAction.DEMOTED)


class CompanyEvent(models.Model):
    """Who changed what about a company, and when: append-only, enforced by the database."""

    company = models.ForeignKey(
        Company, models.PROTECT, db_index=False, related_name="events", verbose_name=_("company")
    )
    action = EnumField(CompanyAction, _("action"), max_length=10)
    field = models.CharField(_("setting"), max_length=40, blank=True)
    old = models.CharField(_("before"), max_length=300, blank=True)
    new = models.CharField(_("after"), max_length=300, blank=True)
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("change of a company")
        verbose_name_plural = _("changes of companies")
        indexes = [models.Index(fields=["company", "-id"], name="company_event_of_company")]
        constraints = [
            models.CheckConstraint(
                condition=Q(action=CompanyAction.ADDED, field="", person=None)
                | Q(action=CompanyAction.CHANGED, person=None) & ~Q(field="") & ~Q(old=F("new"))
                | Q(action__in=OF_A_PERSON, field="", person__isnull=False)
                | Q(action=CompanyAction.MERGED, field="", person=None),
                name="company_event_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.get_action_display()}"

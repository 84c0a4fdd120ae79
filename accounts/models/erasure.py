"""Requests for erasure and their acts, and holds on the data of inactive people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class ErasureGround(models.TextChoices):
    """Why a person's data are erased."""

    ASKED = "asked", _("The person has asked for it")
    RETENTION = "retention", _("Not needed any more")


class Erasure(models.Model):
    """A request to erase a person's data; once carried out it is the act, under its own number."""

    ground = EnumField(
        ErasureGround, _("ground"), max_length=10, default=ErasureGround.ASKED, db_default=ErasureGround.ASKED
    )
    person = models.ForeignKey(User, models.PROTECT, related_name="erasures", verbose_name=_("person"))
    asked_at = models.DateTimeField(_("asked at"))
    # Who recorded a request that came by letter or in person, and how it came; empty if made in the profile.
    noted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("noted by")
    )
    note = models.CharField(_("how it came"), max_length=300, blank=True, db_default="")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    # The number of rows of each kind that lost the person's name and contacts.
    act = models.JSONField(_("act"), default=dict, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(withdrawn_at=None), name="erasure_one_a_person_that_stands"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False, withdrawn_at=None),
                name="erasure_is_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(noted_by=None, note="") | Q(noted_by__isnull=False) & ~Q(note=""),
                name="erasure_noted_says_how",
            ),
            models.CheckConstraint(
                condition=Q(done_by=None) | ~Q(done_by=F("person")), name="erasure_is_done_by_another"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RetentionHold(models.Model):
    """Until when the data of an inactive person are kept, who decided so, and why."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    until = models.DateField(_("until"))
    reason = models.CharField(_("why"), max_length=300)
    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("retention of data")
        verbose_name_plural = _("retentions of data")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="retention_says_why")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.until}"

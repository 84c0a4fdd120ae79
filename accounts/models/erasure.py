"""What people asked to be erased, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Erasure(models.Model):
    """A request to erase a person's data; once it is done it is the act, under its own number."""

    person = models.ForeignKey(User, models.PROTECT, related_name="erasures", verbose_name=_("person"))
    asked_at = models.DateTimeField(_("asked at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    # How many rows of each kind lost the person's name and contacts.
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
                condition=Q(done_by=None) | ~Q(done_by=F("person")), name="erasure_is_done_by_another"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

"""Tickets that customers have passed on to other people."""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Ticket


class HandoverQuerySet(QuerySet["Handover"]):
    """Named queries on tickets that were passed on."""

    def standing(self) -> "HandoverQuerySet":
        """Return those whose person is the visitor still: nobody took the ticket back or gave it to somebody else."""
        return self.filter(ended_at=None, to=F("ticket__visitor"))

    def to_others(self, tickets: Iterable[Ticket]) -> "HandoverQuerySet":
        """Return the standing ones of these tickets, without those that their customer passed on to themselves."""
        return self.standing().filter(ticket__in=[ticket.pk for ticket in tickets]).exclude(to=F("by"))


class Handover(models.Model):
    """A ticket that its customer passed on. `name` is what the customer typed, and all they see of the person."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, db_index=False, related_name="handovers", verbose_name=_("ticket")
    )
    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    # Whose it was before the customer passed it on for the first time: taken back, it is theirs again.
    former = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("former visitor"))
    former_name = models.CharField(_("former visitor's name"), max_length=310)
    to = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("passed on to"))
    name = models.CharField(_("name"), max_length=310)
    at = models.DateTimeField(_("when"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket passed on")
        verbose_name_plural = _("tickets passed on")
        indexes = [models.Index(fields=["ticket", "-id"], name="handover_of_ticket")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], name="handover_one_stands_a_ticket", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("at")), name="handover_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.to_id}"

"""The occupancy of one place for a period by one visitor."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models.listed_names import NAME_BEGINNINGS
from coworking.models.location import Location
from coworking.models.seat import Seat
from coworking.models.service import Service, Tariff
from olvery.shared.fields import EnumField, PeriodField
from olvery.shared.periods import Period

if TYPE_CHECKING:
    from coworking.models.block import Block


class TicketStatus(models.TextChoices):
    """The states of a ticket."""

    HELD = "held", _("Held")
    ACTIVE = "active", _("Active")
    USED = "used", _("Used")
    NO_SHOW = "no_show", _("Not used")
    CANCELLED = "cancelled", _("Cancelled")


BLOCKING = (TicketStatus.HELD, TicketStatus.ACTIVE)


def new_code() -> str:
    """Return an unguessable code for the ticket's QR."""
    return secrets.token_urlsafe(12)


class TicketQuerySet(QuerySet["Ticket"]):
    """Named queries on tickets."""

    def blocking(self) -> "TicketQuerySet":
        """Return the tickets that block their places."""
        return self.filter(status__in=BLOCKING)

    def at_locations(self, location_ids: Collection[int]) -> "TicketQuerySet":
        """Return the tickets of services at these locations."""
        return self.filter(service__location_id__in=location_ids)

    def of_visitor(self, user: User) -> "TicketQuerySet":
        return self.filter(visitor=user)


class Ticket(models.Model):
    """One place for one visitor; `period` is what was booked, `occupied` adds the service's buffer."""

    number = models.BigAutoField(_("number"), primary_key=True)
    service = models.ForeignKey(Service, models.PROTECT, related_name="tickets", verbose_name=_("service"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("tariff"))
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("seat")
    )
    visitor = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="tickets", verbose_name=_("visitor"))
    visitor_name = models.CharField(_("visitor's name"), max_length=310)
    period = PeriodField(_("period"))
    occupied = PeriodField(_("period with the buffer"))
    status = EnumField(TicketStatus, _("status"), max_length=10)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    # It stays once it is set: the order was confirmed over it, wherever the ticket is moved.
    over_block = models.ForeignKey(
        "coworking.Block",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        editable=False,
        related_name="tickets_over",
        verbose_name=_("over the block"),
    )
    # A new visitor gets new values of both, only by a database trigger: a former visitor's code admits nobody.
    code = models.CharField(_("code"), max_length=32, unique=True, default=new_code)
    code_version = models.SmallIntegerField(_("version of the code"), default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    # What the list searches and filters by: maintained by database triggers, from the service, status and visitor.
    # Collation "C", like the people's: one index serves both the prefix and the order of the rows.
    location = models.ForeignKey(Location, models.PROTECT, db_index=False, editable=False, related_name="+")
    name_key = models.CharField(max_length=310, editable=False, db_collation="C")
    given_key = models.CharField(max_length=100, editable=False, db_collation="C")
    email_key = models.CharField(max_length=254, editable=False, db_collation="C")
    facet = models.ForeignKey(
        "coworking.TicketFacet",
        models.PROTECT,
        db_index=False,
        db_constraint=False,  # a check would lock the same few rows for every ticket
        editable=False,
        related_name="tickets",
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            GistIndex(fields=["service", "occupied"], name="ticket_usage", condition=Q(status__in=BLOCKING)),
            models.Index(fields=["location", "-number"], name="ticket_list_by_number"),
            models.Index("location", F("period__startswith").desc(), F("number").desc(), name="ticket_list_by_period"),
            models.Index(
                fields=["location", "name_key", "number"], include=["given_key", "facet"], name="ticket_list_by_name"
            ),
            models.Index(
                fields=["location", "given_key", "name_key", "number"],
                include=["facet"],
                name="ticket_list_by_given_name",
            ),
            models.Index(fields=["location", "email_key", "number"], include=["facet"], name="ticket_list_by_email"),
            models.Index(fields=["facet", "-number"], name="ticket_facet_list"),
            models.Index("facet", F("period__startswith").desc(), F("number").desc(), name="ticket_facet_by_period"),
            models.Index(fields=["facet", "name_key", "number"], name="ticket_facet_by_name"),
            GistIndex(fields=["location", "period"], include=["number", "facet"], name="ticket_list_during"),
            GinIndex(NAME_BEGINNINGS, name="ticket_name_beginnings"),
            models.Index(fields=["visitor", "-number"], name="ticket_of_visitor"),
            models.Index(F("period__endswith"), name="ticket_to_close", condition=Q(status="active")),
            models.Index(fields=["over_block"], name="ticket_over_block", condition=Q(over_block__isnull=False)),
        ]
        constraints = [
            ExclusionConstraint(
                name="ticket_seat_not_shared",
                expressions=[("seat", RangeOperators.EQUAL), ("occupied", RangeOperators.OVERLAPS)],
                condition=Q(status__in=BLOCKING, seat__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="ticket_period_has_both_ends",
            ),
            models.CheckConstraint(condition=Q(occupied__contains=F("period")), name="ticket_occupies_its_period"),
            models.CheckConstraint(
                condition=Q(status=TicketStatus.HELD, held_until__isnull=False)
                | (~Q(status=TicketStatus.HELD) & Q(held_until__isnull=True)),
                name="ticket_is_held_until_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def block_below(self) -> "Block | None":
        """The block that it lies over; None if it was moved elsewhere, or the block was lifted."""
        over = self.over_block
        if over is None or over.lifted_at is not None or over.service_id != self.service_id:
            return None
        return over if over.seat_id in (None, self.seat_id) and over.period.overlaps(self.period) else None

    @staticmethod
    def occupying(period: Period, buffer: timedelta) -> Period:
        """Return the period that a booking of `period` occupies, including the buffer."""
        return period.extended(buffer)


class TicketFacet(models.Model):
    """One combination of service and status, of the tickets that have it.

    A database trigger gives each ticket its own, so that one index on facet and sort key serves every
    combination of these filters of the list. They are never changed or deleted. Transactions that meet a new
    combination at the same moment add one each, rather than wait for each other.
    """

    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, db_index=False, related_name="+")
    status = EnumField(TicketStatus, max_length=10)

    class Meta:
        verbose_name = _("facet of tickets")
        verbose_name_plural = _("facets of tickets")
        indexes = [models.Index(fields=["location", "service", "status"], name="ticket_facet")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.status}"

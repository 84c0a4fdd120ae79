"""The waiting list: places that somebody wants as soon as they become free."""

import uuid
from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import User
from coworking.models.service import PaymentMethod, Service, Tariff
from olvery.shared.fields import EnumField, PeriodField


class WaitingStatus(models.TextChoices):
    """The states of a wish on the waiting list; it leaves the line once."""

    WAITING = "waiting", _("In line")
    OFFERED = "offered", _("Place offered")
    WITHDRAWN = "withdrawn", _("Withdrawn from the line")
    ENDED = "ended", _("Nothing became free")


class WaitingWishQuerySet(QuerySet["WaitingWish"]):
    """Named queries on the waiting list."""

    def waiting(self) -> "WaitingWishQuerySet":
        """Return the wishes in line."""
        return self.filter(status=WaitingStatus.WAITING)

    def at_locations(self, location_ids: Collection[int]) -> "WaitingWishQuerySet":
        """Return the wishes for services at these locations."""
        return self.filter(service__location_id__in=location_ids)

    def of_customer(self, user: User) -> "WaitingWishQuerySet":
        """Return the wishes of this person, whoever entered them."""
        return self.filter(customer=user)


class WaitingWish(models.Model):
    """A number of places of a service for a period, all or none; first come, first served.

    It stores everything that an order needs: nobody is asked again when the places become free.
    """

    service = models.ForeignKey(
        Service, models.PROTECT, db_index=False, related_name="waiting", verbose_name=_("service")
    )
    tariff = models.ForeignKey(Tariff, models.PROTECT, db_index=False, related_name="+", verbose_name=_("tariff"))
    period = PeriodField(_("period"))
    places = models.PositiveSmallIntegerField(_("places"))
    # Keys of the only acceptable seats, one for each place; empty for any seats.
    seat_ids = ArrayField(
        models.BigIntegerField(), verbose_name=_("these seats alone"), default=list, db_default=[], blank=True
    )
    # Quantities of extras by key; the offer finds out which are no longer on sale.
    extras = models.JSONField(_("extras"), default=dict, blank=True)
    customer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("customer"))
    phone = PhoneNumberField(_("phone"), max_length=16)
    email = models.EmailField(_("e-mail"))
    payment_method = EnumField(PaymentMethod, _("payment method"), max_length=10)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    internal_note = models.TextField(_("internal note"), max_length=1000, blank=True)
    # Editions of documents that were accepted with it.
    terms = models.JSONField(_("accepted terms"), default=list, blank=True)
    status = EnumField(WaitingStatus, _("status"), max_length=10, default=WaitingStatus.WAITING)
    # The last moment at which it can be booked: the start, or earlier by the notice of the service.
    waits_until = models.DateTimeField(_("waits until"))
    created_by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("left the line at"), null=True, blank=True)
    # Token of the form that made it: a second press makes no second wish. Its order's token is derived from it.
    token = models.UUIDField(_("form token"), default=uuid.uuid4)

    objects = WaitingWishQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish on the waiting list")
        verbose_name_plural = _("waiting list")
        indexes = [
            models.Index(fields=["service", "id"], name="waiting_line", condition=Q(status="waiting")),
            models.Index(fields=["service", "-closed_at"], name="waiting_left", condition=~Q(status="waiting")),
            models.Index(fields=["waits_until"], name="waiting_to_end", condition=Q(status="waiting")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["token"], name="waiting_token_used_once"),
            models.UniqueConstraint(
                fields=["customer", "service", "period"],
                condition=Q(status=WaitingStatus.WAITING),
                name="waiting_once_a_person_and_period",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="waiting_for_a_place"),
            models.CheckConstraint(
                condition=Q(seat_ids=[]) | Q(seat_ids__len=F("places")), name="waiting_for_all_seats_or_any"
            ),
            models.CheckConstraint(condition=~Q(email=""), name="waiting_has_email"),
            models.CheckConstraint(
                condition=Q(status=WaitingStatus.WAITING, closed_at=None)
                | (~Q(status=WaitingStatus.WAITING) & Q(closed_at__isnull=False)),
                name="waiting_is_left_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Whether it is in line."""
        return self.status == WaitingStatus.WAITING


class WaitingVisitor(models.Model):
    """The visitor of a place of a wish; without such a row it is the customer."""

    wish = models.ForeignKey(
        WaitingWish, models.PROTECT, db_index=False, related_name="visitors", verbose_name=_("wish on the waiting list")
    )
    # Counted from 0, like the fields of the form.
    place = models.PositiveSmallIntegerField(_("place"))
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("visitor"))

    class Meta:
        verbose_name = _("visitor on the waiting list")
        verbose_name_plural = _("visitors on the waiting list")
        constraints = [models.UniqueConstraint(fields=["wish", "place"], name="waiting_visitor_once_a_place")]

    def __str__(self) -> str:
        return f"{self.wish_id}: {self.person_id}"

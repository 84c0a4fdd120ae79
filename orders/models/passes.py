"""Passes: days or hours that are sold at once and used within a period."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Service, Ticket, Unit
from olvery.shared.fields import EnumField, PeriodField
from olvery.shared.money import MoneyField
from orders.models.order import Order


def names_of(column: str) -> ArraySubquery:
    """Return the names of the services whose keys a column of the query holds, without archived ones."""
    key = Func(F("pk"), template="ARRAY[%(expressions)s]", output_field=ArrayField(models.BigIntegerField()))
    named = Service.objects.alias(key=key).filter(key__contained_by=OuterRef(column), is_active=True)
    return ArraySubquery(named.order_by("position", "name").values("name"))


class PassQuerySet(QuerySet["Pass"]):
    def of_owner(self, user: User) -> "PassQuerySet":
        return self.filter(owner=user)

    def at_locations(self, location_ids: Collection[int]) -> "PassQuerySet":
        return self.filter(service__location__in=location_ids)

    def paying_for(self, service: Service) -> "PassQuerySet":
        """Return the passes that pay for a service."""
        return self.filter(Q(service=service) | Q(also_services__contains=[service.pk]))

    def with_services(self) -> "PassQuerySet":
        """Read passes with their service, its location, and the `also_names` of the others that are not archived."""
        return self.select_related("service__location").annotate(also_names=names_of("also_services"))

    def usable(self, at: datetime) -> "PassQuerySet":
        """Return the passes of which something can be used now, the first to end first."""
        return self.filter(ended_at=None, left__gt=0, period__endswith__gt=at).order_by("period__endswith", "pk")


class Pass(models.Model):
    """A pass that is paid for, under the number of the order that sold it."""

    order = models.OneToOneField(
        Order, models.PROTECT, primary_key=True, related_name="sold_pass", verbose_name=_("order")
    )
    owner = models.ForeignKey(User, models.PROTECT, related_name="passes", verbose_name=_("owner"))
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    also_services = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True, verbose_name=_("also pays for")
    )
    name = models.CharField(_("name"), max_length=60)
    unit = EnumField(Unit, _("unit"), max_length=10)
    units = models.PositiveSmallIntegerField(_("units"))
    price = MoneyField(_("price"))
    period = PeriodField(_("period"))
    # What the entries add up to, and since when there are no more: kept by the trigger of `PassEntry` alone.
    left = models.SmallIntegerField(_("left"), default=0, db_default=0, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = _("pass")
        verbose_name_plural = _("passes")
        indexes = [
            models.Index(F("period__endswith"), name="pass_to_end", condition=Q(ended_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="pass_has_units"),
            models.CheckConstraint(condition=Q(unit__in=[Unit.HOUR, Unit.DAY]), name="pass_of_hours_or_days"),
            models.CheckConstraint(condition=Q(left__gte=0), name="pass_not_overdrawn"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(left=0), name="pass_that_ended_is_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.name} № {self.pk}"

    @property
    def number(self) -> int:
        """The number of the order that sold it."""
        return self.order_id

    @property
    def service_ids(self) -> list[int]:
        return [self.service_id, *self.also_services]

    @property
    def service_names(self) -> list[str]:
        """What these are called. The pass was read with them."""
        return [self.service.name, *self.also_names]  # type: ignore[attr-defined] # annotated


class PassEntryKind(models.TextChoices):
    """Why the balance of a pass changes."""

    GRANTED = "granted", _("Sold")
    USED = "used", _("Used")
    RETURNED = "returned", _("Given back")
    KEPT = "kept", _("Kept by the cancellation terms")
    REFUNDED = "refunded", _("Refunded")
    EXPIRED = "expired", _("Expired")


class PassEntry(models.Model):
    """Units that came to a pass or went from it: append-only, the database refuses anything else.

    Its trigger adds them to the balance, and refuses more than there is, whoever asks.
    """

    of_pass = models.ForeignKey(Pass, models.PROTECT, related_name="entries", verbose_name=_("pass"))
    kind = EnumField(PassEntryKind, _("kind"), max_length=10)
    units = models.SmallIntegerField(_("units"))
    # The order that was paid from the pass, and its ticket, unless a part is kept, which no ticket uses any more.
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="pass_entries", verbose_name=_("order")
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("ticket")
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("entry of a pass")
        verbose_name_plural = _("entries of passes")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[PassEntryKind.GRANTED, PassEntryKind.RETURNED], units__gt=0)
                | Q(kind__in=[PassEntryKind.USED, PassEntryKind.KEPT], units__lt=0)
                | Q(kind__in=[PassEntryKind.REFUNDED, PassEntryKind.EXPIRED], units__lte=0),
                name="pass_entry_has_the_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[PassEntryKind.USED, PassEntryKind.RETURNED, PassEntryKind.KEPT])
                ^ Q(order__isnull=True),
                name="pass_entry_of_a_use_names_its_order",
            ),
            models.UniqueConstraint(
                fields=["of_pass"], condition=Q(kind=PassEntryKind.GRANTED), name="pass_granted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of_pass_id}: {self.units:+}"

"""Promo codes of a location, and their uses."""

import re
import unicodedata

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location, OpeningHours
from olvery.shared.money import MoneyField
from orders.models.order import Order

LONGEST_CODE = 20
# Whoever reads a code from a poster cannot see which of two alphabets a letter is of.
LOOK_ALIKE = str.maketrans("АВЕЁКМНОРСТУХ", "ABEEKMHOPCTYX")


def promo_key(text: str) -> str:
    """Return what a code is known by: «весна-10» and «ВЕСНА 10» are one, a Russian «С» is a Latin one."""
    letters = re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFC", text)).upper()
    return letters.translate(LOOK_ALIKE)


class PromoCodeQuerySet(QuerySet["PromoCode"]):
    def at_location(self, location: Location) -> "PromoCodeQuerySet":
        return self.filter(location=location)

    def known_as(self, text: str) -> "PromoCodeQuerySet":
        """Return the code that somebody means by this, however it is written."""
        return self.filter(key=promo_key(text)[:LONGEST_CODE])


class PromoCode(models.Model):
    """A code that makes an order cheaper: by a share of its price, or by a sum of it.

    The code and whether it is a share stay as they are; what else is changed holds for orders from then on.
    """

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    code = models.CharField(_("code"), max_length=LONGEST_CODE)
    key = models.CharField(max_length=LONGEST_CODE, editable=False)
    value = MoneyField(_("discount"))
    is_percent = models.BooleanField(_("in per cent"))
    # Days at the location, both included, on which an order is placed.
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # An array rather than a table between: a service is never deleted, and one row says all that a code is.
    service_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("services"))
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=OpeningHours.Weekday.choices),
        default=list,
        blank=True,
        verbose_name=_("weekdays"),
    )
    most_uses = models.PositiveIntegerField(_("uses in all"), null=True, blank=True, validators=[MinValueValidator(1)])
    most_uses_each = models.PositiveIntegerField(
        _("uses by one customer"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # How many uses stand: kept by a trigger of `PromoUse` alone, so that a constraint can refuse one too many.
    used = models.PositiveIntegerField(_("used"), default=0, db_default=0, editable=False)

    objects = PromoCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        constraints = [
            models.UniqueConstraint(fields=["location", "key"], name="promo_code_once_a_location"),
            models.CheckConstraint(condition=~Q(key=""), name="promo_code_is_not_empty"),
            models.CheckConstraint(condition=Q(value__gt=0), name="promo_code_gives_something"),
            models.CheckConstraint(condition=Q(is_percent=False) | Q(value__lte=100), name="promo_code_gives_no_more"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="promo_code_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(most_uses=None) | Q(most_uses__gte=F("used")), name="promo_code_used_within_its_limit"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromoUse(models.Model):
    """A use that an order took of its code, or gave back: append-only, the database refuses anything else.

    Its trigger counts it on the code and refuses one beyond the limit, whoever asks.
    """

    code = models.ForeignKey(PromoCode, models.PROTECT, related_name="uses", verbose_name=_("promo code"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="promo_uses", verbose_name=_("order"))
    count = models.SmallIntegerField(_("uses"))
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("use of a promo code")
        verbose_name_plural = _("uses of promo codes")
        constraints = [
            models.CheckConstraint(condition=Q(count__in=[1, -1]), name="promo_use_is_taken_or_given_back"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.count:+}"

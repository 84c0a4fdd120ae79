"""What the list of orders filters by exactly."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from coworking.models import Location, PaymentMethod
from olvery.shared.fields import EnumField
from orders.models.order import OrderStatus, PaymentStatus


class OrderFacet(models.Model):
    """One combination of everything the list filters by exactly, of the orders that have it.

    There are some dozens of them at a location. A database trigger gives each order its own, so that one index
    on facet and sort key serves every combination of these filters. They are never changed or deleted. Transactions
    that meet a new combination at the same moment add one each, rather than wait for each other.
    """

    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+")
    status = EnumField(OrderStatus, max_length=20)
    payment_status = EnumField(PaymentStatus, max_length=20)
    payment_method = EnumField(PaymentMethod, max_length=10)
    paid_by = ArrayField(EnumField(PaymentMethod, max_length=10), default=list, db_default=[])
    is_by_customer = models.BooleanField()
    service_ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("facet of orders")
        verbose_name_plural = _("facets of orders")
        indexes = [
            models.Index(
                fields=["location", "status", "payment_status", "payment_method", "is_by_customer", "service_ids"],
                name="order_facet",
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.payment_status} {self.payment_method}"

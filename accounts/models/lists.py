"""Named filters of lists, the same on all devices of a person; hidden columns are stored with the person."""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class ListName(models.TextChoices):
    ORDERS = "orders", _("Requests and orders")
    TICKETS = "tickets", _("Tickets")


class SavedFilterQuerySet(QuerySet["SavedFilter"]):
    """Named queries on saved filters."""

    def of(self, user: User, location_id: int) -> "SavedFilterQuerySet":
        """Return a person's filters at a location, in the order they were saved."""
        return self.filter(user=user, location_id=location_id).order_by("pk")


class SavedFilter(models.Model):
    """Named filters and sort of a list. They belong to one location, since services do."""

    user = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="+", verbose_name=_("who"))
    location = models.ForeignKey(
        "coworking.Location", models.CASCADE, db_index=False, related_name="+", verbose_name=_("location")
    )
    list = EnumField(ListName, _("list"), max_length=10)
    name = models.CharField(_("name"), max_length=40)
    # As in the list's URL.
    query = models.CharField(_("filters"), max_length=1000)
    is_default = models.BooleanField(_("opens with the list"), default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["user", "location", "list", "name"], name="saved_filter_name_once"),
            models.UniqueConstraint(
                fields=["user", "location", "list"], condition=Q(is_default=True), name="saved_filter_one_default"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_filter_says_something"),
        ]

    def __str__(self) -> str:
        return self.name

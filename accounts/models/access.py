"""Who searched for people, and who saw whose contacts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class SearchCount(models.Model):
    """How often a person has searched for people since a moment, for each limited span."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    span = models.DurationField()
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("count of searches")
        verbose_name_plural = _("counts of searches")
        constraints = [models.UniqueConstraint(fields=["user", "span"], name="search_count_one_a_span")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.count}"


class Screen(models.TextChoices):
    """Where somebody saw the contacts of a person."""

    ORDER_FORM = "order_form", _("Order form: chosen")
    ORDER = "order", _("Order: opened")
    TICKET = "ticket", _("Ticket: opened")
    CUSTOMER = "customer", _("Customer: opened")
    ORDERS_EXPORT = "orders_export", _("Orders: exported")
    TICKETS_EXPORT = "tickets_export", _("Tickets: exported")
    MONEY_EXPORT = "money_export", _("Money of a day: exported")
    API = "api", _("By a program")
    PEOPLE_IMPORT = "people_import", _("Import of people")
    ERASURE = "erasure", _("Data erased")
    MERGE = "merge", _("Records compared or merged")
    COMPANY = "company", _("Company: by its administrator")


class AccessEvent(models.Model):
    """Who saw whose contacts, when and on which screen: append-only, the database refuses anything else."""

    by = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("who"))
    person = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("whom"))
    location = models.ForeignKey(
        "coworking.Location", models.PROTECT, db_index=False, related_name="+", verbose_name=_("location")
    )
    screen = EnumField(Screen, _("screen"), max_length=20)
    # The number of the order or ticket that was opened.
    number = models.PositiveBigIntegerField(_("number"), null=True, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("look at a person")
        verbose_name_plural = _("access log")
        indexes = [
            models.Index(fields=["location", "-at", "-id"], name="access_at_location"),
            models.Index(fields=["person", "-at"], name="access_to_person"),
            models.Index(fields=["by", "-at"], name="access_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_screen_display()}: {self.person_id}"

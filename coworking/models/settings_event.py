"""Changes in the settings of a location and its services."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models.location import Location
from coworking.models.service import Service
from olvery.shared.fields import EnumField


class Section(models.TextChoices):
    """A part of the settings that is saved separately."""

    ABOUT = "about", _("About the service")
    PLACES = "places", _("Places")
    SEATS = "seats", _("Numbered seats")
    TARIFFS = "tariffs", _("Tariffs")
    PRICES = "prices", _("New prices")
    RULES = "rules", _("Booking rules")
    POLICY = "policy", _("Cancellation and refund")
    METHODS = "methods", _("Payment methods")
    EXTRAS = "extras", _("Extras")
    SALE = "sale", _("Sale")
    CONTACTS = "contacts", _("Contacts")
    SELLER = "seller", _("Requisites")
    TAXES = "taxes", _("VAT and tax system")
    HOURS = "hours", _("Opening hours")
    DAYS = "days", _("Special days")
    PROMO = "promo", _("Promo codes")
    PHOTOS = "photos", _("Photos")
    REMINDERS = "reminders", _("Reminders and quiet hours")
    DOOR = "door", _("Entry and visits")
    LIMITS = "limits", _("What managers decide alone")
    PANEL = "panel", _("Lobby panel")
    DOCUMENTS = "documents", _("Documents for customers")


class SettingsEvent(models.Model):
    """Who changed which setting from what to what, and when: append-only, enforced by the database.

    `subject` names the tariff, seat or day; without `field` it was added or removed. Values are as in the column,
    so that they can be shown in the reader's language.
    """

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    section = EnumField(Section, _("section"), max_length=10)
    subject = models.CharField(_("what"), max_length=100, blank=True)
    field = models.CharField(_("setting"), max_length=40, blank=True)
    old = models.TextField(_("before"), blank=True)
    new = models.TextField(_("after"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("change of settings")
        verbose_name_plural = _("changes of settings")
        indexes = [models.Index(fields=["service", "section", "-id"], name="settings_of_a_section")]
        constraints = [
            models.CheckConstraint(condition=~Q(old=models.F("new")), name="settings_event_is_a_change"),
            models.CheckConstraint(condition=Q(section__in=Section.values), name="settings_event_of_a_known_section"),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.subject} {self.field}"

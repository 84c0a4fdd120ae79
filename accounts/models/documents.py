"""Documents that people read, accept or consent to, and what they consented to."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class DocumentKind(models.TextChoices):
    """The kind of a document; the value is part of its URL."""

    POLICY = "policy", _("Personal-data policy")
    OFFER = "offer", _("Public offer")
    RULES = "rules", _("House rules")
    ACCOUNT = "account", _("Account without an order")
    ADVERTISING = "advertising", _("Letters about discounts and events")


# Documents accepted by booking online, and consents: one document per purpose, never a condition of an order.
ACCEPTED = (DocumentKind.OFFER, DocumentKind.RULES)
CONSENTS = (DocumentKind.ACCOUNT, DocumentKind.ADVERTISING)
# Documents that a location may publish itself; a person is asked for consents once for all locations.
OF_LOCATIONS = (DocumentKind.POLICY, *ACCEPTED)


class DocumentQuerySet(QuerySet["Document"]):
    """Named queries on documents."""

    def current(self, kinds: Iterable[DocumentKind]) -> "list[Document]":
        """Return the latest common edition of each of these documents that has one, in the order of `kinds`."""
        return self._first_of_each(self.filter(location=None), kinds)

    def in_force(self, kinds: Iterable[DocumentKind], *, location_id: int, at: datetime) -> "list[Document]":
        """Return what is in force at a location: its own edition begun last, else the latest common one. One query."""
        begun = Q(starts_at=None) | Q(starts_at__lte=at)
        return self._first_of_each(self.filter(begun, Q(location=location_id) | Q(location=None)), kinds)

    def _first_of_each(self, found: "QuerySet[Document]", kinds: Iterable[DocumentKind]) -> "list[Document]":
        wanted = list(kinds)
        own_first = F("location").asc(nulls_last=True)
        latest = found.filter(kind__in=wanted).order_by("kind", own_first, "-edition").distinct("kind")
        return sorted(latest, key=lambda document: wanted.index(document.kind))


class Document(models.Model):
    """An edition of a document: append-only, since people have accepted exactly this text.

    A location may have its own editions, numbered separately; they begin in the order of their numbers.
    """

    location = models.ForeignKey(
        "coworking.Location",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("location"),
    )
    kind = EnumField(DocumentKind, _("document"), max_length=12)
    edition = models.PositiveSmallIntegerField(_("edition"), editable=False)
    text = models.TextField(_("text"), help_text=_("An empty line begins a new paragraph."))
    changes = models.CharField(_("what changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published at"), editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("published by")
    )
    # Empty means from the moment of publication.
    starts_at = models.DateTimeField(_("in force from"), null=True, blank=True, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of a document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "edition", "location"], name="document_edition_once_a_location", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["id", "kind"], name="document_key_of_its_kind"),  # consents refer to both
            models.CheckConstraint(condition=Q(edition__gte=1), name="document_edition_is_counted_from_one"),
            models.CheckConstraint(condition=~Q(text=""), name="document_has_a_text"),
            models.CheckConstraint(
                condition=Q(location=None, starts_at=None) | Q(location__isnull=False, kind__in=OF_LOCATIONS),
                name="document_of_a_location_is_no_consent",
            ),
        ]

    def __str__(self) -> str:
        return _("%(kind)s, edition %(edition)s") % {"kind": self.get_kind_display(), "edition": self.edition}

    def get_absolute_url(self) -> str:
        """Return the public URL of this edition."""
        if self.location_id:
            return reverse("location-document-edition", args=[self.location_id, self.kind, self.edition])
        return reverse("document-edition", args=[self.kind, self.edition])

    @property
    def holds_from(self) -> datetime:
        """The moment from which it is in force."""
        return self.starts_at or self.published_at


class ConsentAction(models.TextChoices):
    """What somebody did about a consent."""

    GIVEN = "given", _("given")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Channel(models.TextChoices):
    """How somebody gave or withdrew a consent."""

    PROFILE = "profile", _("on the page of the profile")


class ConsentEvent(models.Model):
    """Who consented to what, when, how and from where, or withdrew it: append-only."""

    person = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person"))
    purpose = EnumField(DocumentKind, _("purpose"), max_length=12)
    # Together with the purpose; a database constraint keeps the two consistent.
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("edition"))
    action = EnumField(ConsentAction, _("action"), max_length=10)
    channel = EnumField(Channel, _("channel"), max_length=10)
    address = models.GenericIPAddressField(_("address"), null=True)
    client = models.CharField(_("browser"), max_length=200, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["person", "purpose", "-id"], name="consent_of_person")]
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=CONSENTS), name="consent_for_a_purpose_that_needs_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.get_action_display()}"

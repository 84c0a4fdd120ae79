"""Documents that people read, accept or consent to, and what they consented to."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class DocumentKind(models.TextChoices):
    """What a document is; its value stands in its address."""

    POLICY = "policy", _("Personal-data policy")
    OFFER = "offer", _("Public offer")
    RULES = "rules", _("House rules")
    ACCOUNT = "account", _("Account without an order")
    ADVERTISING = "advertising", _("Letters about discounts and events")


# What whoever books alone accepts, and what is a consent: one document a purpose, never a condition of an order.
ACCEPTED = (DocumentKind.OFFER, DocumentKind.RULES)
CONSENTS = (DocumentKind.ACCOUNT, DocumentKind.ADVERTISING)


class DocumentQuerySet(QuerySet["Document"]):
    """Named queries on documents."""

    def current(self, kinds: Iterable[DocumentKind]) -> "list[Document]":
        """Return the latest edition of each of these documents that has one, in the order of `kinds`. One query."""
        wanted = list(kinds)
        latest = self.filter(kind__in=wanted).order_by("kind", "-edition").distinct("kind")
        return sorted(latest, key=lambda document: wanted.index(document.kind))


class Document(models.Model):
    """An edition of a document: append-only, since people have accepted exactly this text."""

    kind = EnumField(DocumentKind, _("document"), max_length=12)
    edition = models.PositiveSmallIntegerField(_("edition"), editable=False)
    text = models.TextField(_("text"), help_text=_("An empty line begins a new paragraph."))
    changes = models.CharField(_("what changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published at"), editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("published by")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of a document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(fields=["kind", "edition"], name="document_edition_once"),
            models.UniqueConstraint(fields=["id", "kind"], name="document_key_of_its_kind"),  # consents refer to both
            models.CheckConstraint(condition=Q(edition__gte=1), name="document_edition_is_counted_from_one"),
            models.CheckConstraint(condition=~Q(text=""), name="document_has_a_text"),
        ]

    def __str__(self) -> str:
        return _("%(kind)s, edition %(edition)s") % {"kind": self.get_kind_display(), "edition": self.edition}


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
    # With the purpose; a constraint of the database holds the two together.
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

"""Drafts of a location's own documents."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import OF_LOCATIONS, DocumentKind, User
from coworking.models.location import Location
from olvery.shared.fields import EnumField


class DocumentDraft(models.Model):
    """The text of the next edition of a location's document; publishing it turns it into an edition."""

    location = models.ForeignKey(Location, models.PROTECT, db_index=False, related_name="+", verbose_name=_("location"))
    kind = EnumField(DocumentKind, _("document"), max_length=12)
    text = models.TextField(_("text"))
    changes = models.CharField(_("what changed"), max_length=300, blank=True)
    # Counts its saves, so that saving and publishing can check which text was seen.
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    edited_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("draft of a document")
        verbose_name_plural = _("drafts of documents")
        constraints = [
            models.UniqueConstraint(fields=["location", "kind"], name="document_draft_once_a_location"),
            models.CheckConstraint(condition=Q(kind__in=OF_LOCATIONS), name="document_draft_of_a_location"),
            models.CheckConstraint(condition=~Q(text=""), name="document_draft_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.location_id} {self.kind} {self.version}"

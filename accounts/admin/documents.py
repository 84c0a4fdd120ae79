"""Documents in Django admin: editions are added, never changed; consents and erasures are read-only."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.admin.rights import FindByPerson
from accounts.domain import documents
from accounts.models import ConsentEvent, Document, Erasure, User
from olvery.shared.admin import LargeTable, ReadOnly, in_utc


@admin.register(Document)
class DocumentAdmin(LargeTable, admin.ModelAdmin):
    """Editions of documents: people have accepted each as it is, so a different text is a new edition."""

    accusative = pgettext_lazy("accusative", "edition of a document")
    fields = ("kind", "location", "edition", "changes", "text", "published_at", "starts_at", "published_by")
    readonly_fields = ("location", "edition", "published_at", "starts_at", "published_by")
    list_display = ("__str__", "location", "changes", "published_at", "published_by")
    list_filter = ("kind",)
    list_select_related = ("location", "published_by")
    ordering = ("kind", "location", "-edition")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a text that somebody may have accepted."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes it either."""
        return False

    def get_fields(self, request: HttpRequest, obj: Document | None = None) -> Any:
        """Leave out fields that are filled automatically."""
        return self.fields if obj else ("kind", "changes", "text")

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        """Publish the next edition."""
        by = cast(User, request.user)
        published = documents.publish(kind=obj.kind, text=obj.text, changes=obj.changes, by=by, at=timezone.now())
        obj.pk, obj.edition = published.pk, published.edition


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnly, FindByPerson):
    """Who consented to what, or withdrew it."""

    people = ("person",)
    accusative = pgettext_lazy("accusative", "consent")
    list_display = ("person", "purpose", "action", "document", "when")
    list_filter = ("purpose", "action")
    list_select_related = ("person", "document")
    fields = ("person", "purpose", "action", "document", "channel", "address", "client", "when")

    when = in_utc("at", _("when"))


@admin.register(Erasure)
class ErasureAdmin(ReadOnly, FindByPerson):
    """Requests for erasure, and the acts; the location administrator carries them out."""

    people = ("person",)
    accusative = pgettext_lazy("accusative", "erasure")
    list_display = ("id", "person", "ground", "asked_at", "withdrawn_at", "done_at", "done_by")
    list_select_related = ("person", "done_by")
    fields = ("person", "ground", "asked_at", "noted_by", "note", "withdrawn_at", "done_at", "done_by", "act")

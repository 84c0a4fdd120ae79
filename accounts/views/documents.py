"""Public documents, and a person's own consents."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import documents
from accounts.models import CONSENTS, Document, DocumentKind, User
from accounts.views.account import zone_of
from accounts.watch import origin_of
from olvery.shared.forms import as_id


@login_not_required
@require_safe
def document(request: HttpRequest, kind: str, edition: int | None = None) -> HttpResponse:
    """Show a common document to anybody: the latest edition, or an earlier one."""
    return _show(request, Document.objects.filter(kind=kind, location=None), edition)


@login_not_required
@require_safe
def location_document(request: HttpRequest, pk: int, kind: str, edition: int | None = None) -> HttpResponse:
    """Show a document of a location to anybody: the edition in force, an earlier one, or a future one."""
    return _show(request, Document.objects.filter(kind=kind, location=pk), edition)


def _show(request: HttpRequest, documents: QuerySet[Document], edition: int | None) -> HttpResponse:
    now = timezone.now()
    editions = list(documents.select_related("location").order_by("-edition"))
    in_force = next((one for one in editions if one.holds_from <= now), None)
    shown = in_force if edition is None else next((one for one in editions if one.edition == edition), None)
    if shown is None:
        raise Http404
    zone = shown.location.zone if shown.location else zone_of(request)
    context = {"document": shown, "in_force": in_force, "editions": editions, "zone": zone, "now": now}
    return render(request, "account/document.html", context)


@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the text of a consent and the person's actions, and let them give or withdraw it."""
    person = cast(User, request.user)
    purpose = next((one for one in CONSENTS if one == kind), None)
    if purpose is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, person, purpose)
    standing = next((one for one in documents.consents_of(person) if one.document.kind == purpose), None)
    if standing is None:
        raise Http404
    history = documents.history_of(person, purpose)
    context = {"consent": standing, "document": standing.document, "history": history, "zone": zone_of(request)}
    return render(request, "account/profile/consent.html", context)


def _decide(request: HttpRequest, person: User, purpose: DocumentKind) -> HttpResponse:
    origin, now = origin_of(request), timezone.now()
    if "withdraw" in request.POST:
        documents.withdraw(person, purpose=purpose, origin=origin, at=now)
        messages.success(request, _("The consent is withdrawn."))
        return redirect("profile")
    read = get_object_or_404(Document, kind=purpose, edition=as_id(request.POST.get("edition")))
    try:
        documents.consent(person, purpose=purpose, edition=read.edition, origin=origin, at=now)
    except documents.DocumentChanged:
        messages.error(request, _("The text has changed since you opened it. Read the new edition."))
        return redirect("profile-consent", purpose)
    messages.success(request, _("The consent is given. You can withdraw it here at any time."))
    return redirect("profile")

"""«Коворкинг › Документы»: policy, offer and house rules of a location, by editions."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import OF_LOCATIONS, DocumentKind
from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import document_setup
from coworking.domain.document_setup import Standing
from coworking.domain.service_list import events_of_location
from coworking.domain.settings_history import Change
from coworking.forms_documents import DraftForm, PublishForm
from coworking.models import Section
from coworking.views.sections import in_words, show, shown_by, told
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal


@require_safe
@any_staff
def document_list(request: StaffRequest) -> HttpResponse:
    """Show which documents are in force at the location, which are to come, and which are drafts."""
    documents = document_setup.documents_of(request.location, at=timezone.now())
    history = in_words(events_of_location(request.location, [Section.DOCUMENTS]))
    return show(request, "coworking/documents.html", documents=documents, history=history)


@require_http_methods(["GET", "POST"])
@administrators_only
def draft(request: StaffRequest, kind: str) -> HttpResponse:
    """Write the next edition, beginning with the text in force."""
    now = timezone.now()
    standing = _standing(request, kind, now)
    form = DraftForm(request.POST if request.method == "POST" else None, initial=_texts(standing))
    refusal = None
    if not asks_again(request) and form.is_valid():
        typed = form.cleaned_data
        try:
            document_setup.save_draft(request.location.pk, standing.kind, **typed, change=_change(request, now))
        except Refusal as refused:
            refusal = refused
        else:
            return redirect("coworking:document-preview", kind)
    # Somebody who was told about another version has now seen it.
    version = standing.draft.version if standing.draft else 0
    seen = _change(request, now).seen if form.is_bound and not refusal else version
    context = {"form": form, "standing": standing, "seen": seen, "refusal": refusal}
    return render(request, "coworking/draft.html", context, status=shown_status(request))


@require_safe
@administrators_only
def preview(request: StaffRequest, kind: str) -> HttpResponse:
    """Show a draft as customers will read it."""
    now = timezone.now()
    return _preview(request, _standing(request, kind, now), PublishForm(None, today=request.location.day_at(now)))


@require_POST
@administrators_only
def publish(request: StaffRequest, kind: str) -> HttpResponse:
    """Publish a draft from a day on."""
    now = timezone.now()
    standing = _standing(request, kind, now)
    form = PublishForm(request.POST, today=request.location.day_at(now))
    if standing.draft and not asks_again(request) and form.is_valid():
        with shown_by(form):
            edition = document_setup.publish_draft(
                request.location.pk,
                standing.kind,
                starts_on=form.cleaned_data["starts_on"],
                change=_change(request, now),
            )
            messages.success(request, _("“%(document)s” is published.") % {"document": edition})
            return redirect("coworking:documents")
    return _preview(request, _standing(request, kind, now), form)


@button
@administrators_only
def discard(request: StaffRequest, kind: str) -> HttpResponse:
    """Discard a draft."""
    with told(request):
        document_setup.discard_draft(request.location.pk, _kind(kind), _change(request, timezone.now()))
        messages.success(request, _("The draft is thrown away."))
    return redirect("coworking:documents")


def _kind(kind: str) -> DocumentKind:
    if kind not in OF_LOCATIONS:
        raise Http404
    return DocumentKind(kind)


def _standing(request: StaffRequest, kind: str, at: datetime) -> Standing:
    wanted = _kind(kind)
    return next(one for one in document_setup.documents_of(request.location, at=at) if one.kind == wanted)


def _change(request: StaffRequest, at: datetime) -> Change:
    """Return who changes a draft when, and the version they have seen, 0 if there was none."""
    return Change(section=Section.DOCUMENTS, seen=as_id(request.POST.get("seen")) or 0, by=request.user, at=at)


def _texts(standing: Standing) -> dict[str, str]:
    if standing.draft:
        return {"text": standing.draft.text, "changes": standing.draft.changes}
    return {"text": standing.in_force.text if standing.in_force else ""}


def _preview(request: StaffRequest, standing: Standing, form: PublishForm) -> HttpResponse:
    if standing.draft is None:
        messages.info(request, _("There is no draft: it was published or thrown away."))
        return redirect("coworking:documents")
    context = {"form": form, "standing": standing, "draft": standing.draft, "zone": request.location.zone}
    return render(request, "coworking/draft_preview.html", context, status=shown_status(request))

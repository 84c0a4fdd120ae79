"""The page «Программы»: creating, revoking and resending."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, administrators_only, any_staff, managers_only
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.refusals import refusals_to
from orders.domain.programs import tokens, webhooks
from orders.domain.queries.programs import deliveries_at, tokens_at, webhooks_at
from orders.forms_programs import TokenForm, WebhookForm
from orders.models import Scope


@require_safe
@any_staff
def programs(request: StaffRequest) -> HttpResponse:
    """Show the tokens and webhooks of the location, and recent deliveries."""
    return _show(request)


@never_cache
@require_http_methods(["GET", "POST"])
@managers_only
def new_token(request: StaffRequest) -> HttpResponse:
    """Ask what a token is for; create it and show its secret, only this once."""
    form, at = TokenForm(request.POST if request.method == "POST" else None), timezone.now()
    if not asks_again(request) and form.is_valid():
        confirm(request)
        scopes = [Scope(scope) for scope in form.cleaned_data["scopes"]]
        with refusals_to(form.take):
            _token, secret = tokens.make_token(
                location=request.location,
                holder=request.user,
                name=form.cleaned_data["name"],
                scopes=scopes,
                expires_at=form.expires_at(at),
                at=at,
            )
            return _show(request, secret=secret)
    note = _("It acts for you: whoever has it can do here what you can, as far as it is allowed above.")
    return _ask(request, form, title=_("New token"), note=note)


@button
@any_staff
def revoke_token(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a token: managers their own, the administrator any."""
    found = tokens_at(request.location.pk)
    if not request.access.is_administrator:
        found = found.filter(holder=request.user)
    get_object_or_404(found, pk=pk)
    tokens.revoke(pk, location_id=request.location.pk, by=request.user, at=timezone.now())
    messages.success(request, _("The token is revoked."))
    return redirect("orders:programs")


@never_cache
@require_http_methods(["GET", "POST"])
@administrators_only
def new_webhook(request: StaffRequest) -> HttpResponse:
    """Ask for address and events; create the webhook and show its secret, only this once."""
    form, at = WebhookForm(request.POST if request.method == "POST" else None), timezone.now()
    if not asks_again(request) and form.is_valid():
        confirm(request)
        with refusals_to(form.take):
            _webhook, secret = webhooks.make_webhook(
                location=request.location, by=request.user, at=at, **form.cleaned_data
            )
            return _show(request, secret=secret)
    return _ask(request, form, title=_("New webhook"))


@never_cache
@button
@administrators_only
def renew_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a webhook a new secret and show it, only this once."""
    if not webhooks_at(request.location.pk).filter(pk=pk).exists():
        raise Http404
    confirm(request)
    secret = webhooks.renew_secret(pk, location_id=request.location.pk, at=timezone.now())
    return _show(request, secret=secret)


@button
@administrators_only
def end_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a webhook."""
    if not webhooks.end_webhook(pk, location_id=request.location.pk, at=timezone.now()):
        raise Http404
    messages.success(request, _("The webhook is removed."))
    return redirect("orders:programs")


@button
@administrators_only
def send_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Retry a delivery."""
    if not webhooks.send_again(pk, location_id=request.location.pk, at=timezone.now()):
        raise Http404
    messages.success(request, _("It is being sent again."))
    return redirect("orders:programs")


def _ask(request: StaffRequest, form: Form, *, title: str, note: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "note": note}
    return render(request, "orders/programs/new.html", context, status=shown_status(request))


def _show(request: StaffRequest, *, secret: str = "") -> HttpResponse:
    location = request.location
    context = {
        "tokens": tokens_at(location.pk),
        "webhooks": webhooks_at(location.pk),
        "deliveries": deliveries_at(location.pk),
        "secret": secret,
        "zone": location.zone,
        "now": timezone.now(),
        "day_ago": timezone.now() - webhooks.SIGNED_TWICE,
    }
    return render(request, "orders/programs/page.html", context)

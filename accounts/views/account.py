"""The home page, switching the location or the language, and the security events of one's account."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from allauth.account.internal.stagekit import get_pending_stage
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import remove_webauthn
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SESSION_KEY, access_of
from accounts.domain import reminders, security
from accounts.factors import FactorAdapter
from accounts.models import User
from accounts.watch import origin_of
from accounts.wording import browser_name, methods_text
from olvery.shared.addresses import own_address
from olvery.shared.forms import as_id

YEAR = 365 * 24 * 3600
MENUS = {"me": _("All sections"), "interfaces": _("Interfaces"), "locations": _("Locations")}
MOSCOW = ZoneInfo("Europe/Moscow")  # of people who work at no location


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the interface that the person works in."""
    return redirect("orders:manage" if access_of(request).is_staff else "orders:my-orders")


@require_safe
@vary_on_headers("HX-Request")
def menu(request: HttpRequest, which: str) -> HttpResponse:
    """Show the menu: inside an opened panel, or as a page of its own. Raises Http404."""
    if which not in MENUS:
        raise Http404
    access = access_of(request)
    template = f"ui/menu_{which}.html"
    context = {"access": access, "manage": access.is_staff and "manage" in request.GET}
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return render(request, "account/menu.html", {**context, "title": MENUS[which], "template": template})


@require_POST
def switch_location(request: HttpRequest) -> HttpResponse:
    """Switch to another location of the person; a foreign one changes nothing."""
    chosen = as_id(request.POST.get("location"))
    if chosen in {location.pk for location in access_of(request).locations}:
        request.session[SESSION_KEY] = chosen
    return redirect("home")


@require_safe
def sign_ins(request: HttpRequest) -> HttpResponse:
    """Show where the person is signed in, and the security events of their account."""
    person = cast(User, request.user)
    events = [
        {"event": event, "how": methods_text(event), "browser": browser_name(event.client)}
        for event in security.latest_events(person)
    ]
    clock = {"zone": zone_of(request), "is_local": bool(access_of(request).location)}
    return render(request, "account/sign_ins.html", {"sessions": sessions_of(person), "events": events, **clock})


def sessions_of(person: User) -> list[dict[str, Any]]:
    """Return the person's sessions as pages show them."""
    return [
        {"session": session, "browser": browser_name(session.user_agent), "is_current": session.is_current()}
        for session in security.sessions_of(person)
    ]


def zone_of(request: HttpRequest) -> ZoneInfo:
    """Return the time zone of the location where the person works, else that of Moscow."""
    location = access_of(request).location
    return location.zone if location else MOSCOW


@require_http_methods(["GET", "POST"])
def reminder_choice(request: HttpRequest) -> HttpResponse:
    """Let the person choose whether to get reminders of bookings."""
    return _choose(request, cast(User, request.user), base="app.html")


@login_not_required
@csrf_exempt  # mail programs post here without a page; the token identifies the person
@never_cache
@require_http_methods(["GET", "POST"])
def reminder_choice_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let the recipient of a reminder choose, without signing in."""
    try:
        person = reminders.person_of(token)
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise Http404 from error
    return _choose(request, person, base="bare.html")


def _choose(request: HttpRequest, person: User, *, base: str) -> HttpResponse:
    if request.method == "POST":
        reminders.choose(person, wants=request.POST.get("wants") == "yes")
        if "List-Unsubscribe" in request.POST:
            return HttpResponse(status=204)  # RFC 8058, 3.1: a mail program is not redirected
        return redirect(request.path)
    return render(request, "account/reminders.html", {"person": person, "base": base})


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere."""
    security.end_sessions(cast(User, request.user), origin=origin_of(request), at=timezone.now())
    logout(request)
    return redirect("account_login")


def one_factor_at_a_time(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Let those who use or change the factors of one person come one after the other: the second sees what is left."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stage = get_pending_stage(request)
        person = stage.login.user if stage else request.user
        with transaction.atomic():
            if person and person.pk:  # else nobody has signed in, or nobody is who asked for a code
                security.lock_factors(person.pk)
            return cast(HttpResponse, view(request, *args, **kwargs))

    return wrapper


@require_http_methods(["GET", "POST"])
@one_factor_at_a_time
def add_app(request: HttpRequest) -> HttpResponse:
    """Connect an app with codes; a second press shows the connected one."""
    person = cast(User, request.user)
    if request.method == "POST" and is_mfa_enabled(person, [Authenticator.Type.TOTP]):
        return redirect("mfa_index")
    return cast(HttpResponse, activate_totp(request))


@require_http_methods(["GET", "POST"])
@one_factor_at_a_time
def remove_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a passkey, unless it is the last factor of a person who needs one: the library checks only apps."""
    key = get_object_or_404(Authenticator, pk=pk, user=cast(User, request.user), type=Authenticator.Type.WEBAUTHN)
    if not FactorAdapter().can_delete_authenticator(key):
        messages.error(request, FactorAdapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_index")
    return cast(HttpResponse, remove_webauthn(request, pk=pk))


@login_not_required
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Switch the language on this device and return to the page."""
    response = redirect(own_address(request.POST.get("next", ""), under="/", otherwise="home"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.HTTPS
        )
    return response

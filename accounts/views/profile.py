"""«Мой профиль»: a person's own name, contacts and devices."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from phonenumber_field.phonenumber import to_python

from accounts.confirming import confirm_first
from accounts.contact_codes import ContactCode
from accounts.domain import contacts, documents, security
from accounts.factors import FACTORS, has_rights
from accounts.forms import CodeForm, OwnEmailForm, OwnNameForm, OwnPhoneForm
from accounts.models import User
from accounts.views.account import sessions_of, zone_of
from accounts.watch import origin_of
from olvery.shared.errors import carries_on, is_carried_on
from olvery.shared.forms import focus_first_error
from olvery.shared.phones import format_phone
from olvery.shared.refusals import Busy
from olvery.shared.text_messages import TextNotSent, are_on

PURPOSE = "contact"


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Show a person's own data and devices."""
    person = cast(User, request.user)
    context = {
        "person": person,
        "sessions": sessions_of(person),
        "has_factor": Authenticator.objects.filter(user=person, type__in=FACTORS).exists(),
        "consents": list(documents.consents_of(person)),
        "waiting": ContactCode.waiting(request, purpose=PURPOSE),
        "by_text": are_on(),
        "zone": zone_of(request),
    }
    return render(request, "account/profile/page.html", context)


@carries_on
@require_http_methods(["GET", "POST"])
def name(request: HttpRequest) -> HttpResponse:
    """Let a person correct their name."""
    person = cast(User, request.user)
    fields = ("last_name", "first_name", "middle_name", "company")
    form = OwnNameForm(_sent(request), initial={field: getattr(person, field) for field in fields})
    if form.is_valid() and not is_carried_on(request):
        try:
            contacts.rename(person, **form.cleaned_data)
        except Busy:  # an erased person is asked to sign in there
            return redirect("profile")
        messages.success(request, _("Your name is saved."))
        return redirect("profile")
    return _page(request, "account/profile/name.html", form)


@carries_on
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Send a code to a new e-mail, which replaces the present one once the code is typed."""
    person = cast(User, request.user)
    _confirm_rights(request, person)
    form = OwnEmailForm(_sent(request), person=person)
    if is_carried_on(request) or not form.is_valid():
        return _page(request, "account/profile/email.html", form)
    new = form.cleaned_data["email"]
    is_free = contacts.is_free(person, email=new)  # if it is not, the letter says so, only to its owner
    letter = "account/email/contact_code" if is_free else "account/email/contact_taken"
    return _send(request, form, new, letter=letter, facts={"email": new}, is_real=is_free)


@carries_on
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Send a code to a new phone, or to the e-mail, that lets it replace the present one."""
    person = cast(User, request.user)
    _confirm_rights(request, person)
    if not person.email and not are_on():
        messages.info(request, _("Give an e-mail first: the code for another phone goes there."))
        return redirect("profile-email")
    form = OwnPhoneForm(
        _sent(request), person=person, initial={"phone": person.phone} if person.phone_is_claim else None
    )
    if is_carried_on(request) or not form.is_valid():
        return _page(request, "account/profile/phone.html", form, is_by_text=are_on())
    new = str(form.cleaned_data["phone"])
    if are_on():
        return _text(request, form, new)
    return _send(request, form, person.email or "", letter="account/email/contact_code", facts={"phone": new})


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Check the code, and replace the contact that it was sent for."""
    waiting = ContactCode.waiting(request, purpose=PURPOSE)
    if waiting is None and request.method == "GET":
        return redirect("profile")
    form = CodeForm(_sent(request), waiting=waiting)
    if waiting is None or not form.is_valid():
        return _page(request, "account/profile/code.html", form, waiting=waiting)
    try:
        _replace(request, cast(User, request.user), waiting)
    except OSError:
        messages.error(request, _("The letter about it could not be sent, so nothing was changed. Try again later."))
    except contacts.ContactTaken:
        messages.error(request, _("This contact cannot be yours: it stands in another account. Write to us."))
    else:
        messages.success(request, _("Your contact is changed."))
    return redirect("profile")


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the person out on one device."""
    person = cast(User, request.user)
    session = get_object_or_404(UserSession, pk=pk, user=person)
    security.end_session(person, session, origin=origin_of(request), at=timezone.now())
    return redirect("profile")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign the person out everywhere except here."""
    here = request.session.session_key or ""
    security.end_others(cast(User, request.user), but=here, origin=origin_of(request), at=timezone.now())
    return redirect("profile")


def _confirm_rights(request: HttpRequest, person: User) -> None:
    """Ask people with rights for a fresh confirmation: the owner of the e-mail can sign in."""
    if has_rights(person):
        confirm_first(request)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _page(request: HttpRequest, template: str, form: forms.Form, **more: object) -> HttpResponse:
    focus_first_error(form)
    return render(request, template, {"form": form, **more}, status=422 if form.errors else 200)


def _send(
    request: HttpRequest, form: forms.Form, to: str, *, letter: str, facts: dict[str, str], is_real: bool = True
) -> HttpResponse:
    shown = {"what": facts.get("email") or format_phone(to_python(facts["phone"]))}
    try:
        ContactCode.sent(request, purpose=PURPOSE, email=to, letter=letter, facts={**facts, **shown}, is_real=is_real)
    except OSError:
        form.add_error(None, _("The letter could not be sent. Try again in a minute."))
        return _page(request, f"account/profile/{'email' if 'email' in facts else 'phone'}.html", form)
    return redirect("profile-code")


def _text(request: HttpRequest, form: forms.Form, phone: str) -> HttpResponse:
    facts = {"phone": phone, "what": format_phone(to_python(phone))}
    try:
        ContactCode.texted(request, purpose=PURPOSE, phone=phone, facts=facts)
    except TextNotSent:
        form.add_error(None, _("The text message could not be sent. Try again in a minute."))
        return _page(request, "account/profile/phone.html", form, is_by_text=True)
    return redirect("profile-code")


def _replace(request: HttpRequest, person: User, waiting: ContactCode) -> None:
    """Tell the old address, then save. Raises ContactTaken."""
    facts, is_email = waiting.facts, "email" in waiting.facts
    phone = {"phone": to_python(facts.get("phone", "")), "is_proved": bool(waiting.phone)}
    contact: dict[str, Any] = {"email": facts["email"]} if is_email else phone
    if not contacts.is_free(person, **contact):
        raise contacts.ContactTaken
    if person.email:
        notice = {"request": request, "what": facts["what"], "is_email": is_email}
        get_adapter().send_mail("account/email/contact_changed", person.email, notice)
    change = contacts.change_email if is_email else contacts.change_phone
    change(person, **contact, origin=origin_of(request), at=timezone.now())

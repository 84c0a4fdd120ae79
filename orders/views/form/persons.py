"""Registering a person from the order form without losing what was typed."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.people import ContactOfClosed, PersonKnown, find_known, register_person
from accounts.domain.search_limit import SearchLimited, count_search
from accounts.forms import PersonForm
from accounts.models import User
from coworking.access import StaffRequest, any_staff
from olvery.shared.search import digits_of
from orders.forms_people import with_keys
from orders.wording_refusals import refusal_text

TEMPLATE = "orders/form/person.html"


def person_form(typed: str) -> PersonForm:
    """Return a new form with the typed search text in the fitting field."""
    words = typed.split()
    initial: dict[str, str] = {}
    if digits_of(typed):
        initial["phone"] = typed
    elif "@" in typed:
        initial["email"] = typed
    else:
        initial = dict(zip(("last_name", "first_name", "middle_name"), (word.title() for word in words), strict=False))
    return PersonForm(prefix="person", initial=initial, auto_id="%s")


@require_http_methods(["GET", "POST"])
@any_staff
def create_person(request: StaffRequest) -> HttpResponse:
    """Show the dialog; save the person and hand the key back to the form, which chooses them."""
    target = request.GET.get("for") or request.POST.get("person-target", "customer")
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return redirect("orders:create")  # a browser without scripts has a form of its own
    if request.method == "GET":
        context = {"person_form": person_form(request.GET.get("q", "")), "person_target": target}
        return render(request, f"{TEMPLATE}#dialog", context)
    form, person, known = register_from(request)
    if person:
        [person] = with_keys([person], viewer=request.user)
        return render(request, f"{TEMPLATE}#created", {"person": person, "person_target": target})
    context = {"person_form": form, "person_target": target, "known": known}
    return render(request, f"{TEMPLATE}#dialog", context, status=422)


def register_from(request: StaffRequest) -> tuple[PersonForm, User | None, User | None]:
    """Save the person of a posted form; return the form, the new person, and an already known one."""
    form = PersonForm(request.POST, prefix="person", auto_id="%s")
    if not form.is_valid():
        return form, None, None
    now = timezone.now()
    try:
        count_search(request.user, at=now)  # a known phone or e-mail identifies its owner
        return form, register_person(**form.cleaned_data, by=request.user, at=now), None
    except (SearchLimited, ContactOfClosed) as refusal:
        form.add_error(refusal.field or None, refusal_text(refusal))
        return form, None, None
    except PersonKnown as refusal:
        form.add_error(refusal.field, refusal_text(refusal))
        return form, None, with_keys([refusal.facts["person"]], viewer=request.user)[0]


@require_POST
@any_staff
def known_person(request: StaffRequest) -> HttpResponse:
    """Offer the registered person with the phone or e-mail that is being typed."""
    form = PersonForm(request.POST, prefix="person")
    form.full_clean()  # it is still being typed: only valid values are looked up
    try:
        count_search(request.user, at=timezone.now())
    except SearchLimited:
        return HttpResponse()  # saving shows the error in any case
    refusal = find_known(phone=form.cleaned_data.get("phone"), email=form.cleaned_data.get("email", ""))
    found = [refusal.facts["person"]] if isinstance(refusal, PersonKnown) else []
    known = next(iter(with_keys(found, viewer=request.user)), None)
    return render(
        request, f"{TEMPLATE}#known", {"known": known, "person_target": request.POST.get("person-target", "")}
    )

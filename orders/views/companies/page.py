"""«Компании»: companies that people order for; managers add and change them, the location administrator reads."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.search_limit import SearchLimited
from accounts.models import Company
from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal, refusals_to
from olvery.shared.search import is_too_short
from orders.domain.desk import companies
from orders.domain.queries.companies import card_of, companies_page
from orders.forms_companies import CompanyForm
from orders.forms_people import find_people, read_key
from orders.list_filters import read_text
from orders.views.told import told
from orders.wording_companies import change_text
from orders.wording_refusals import refusal_text

RESULTS = 8


@require_safe
@any_staff
def company_list(request: StaffRequest) -> HttpResponse:
    """Show all companies, or those found by a name or an INN."""
    text = read_text(request.GET)
    page = companies_page(text, older_than=request.GET.get("after", ""), newer_than=request.GET.get("before", ""))
    return render(request, "orders/companies/list.html", {"page": page, "text": text})


@require_http_methods(["GET", "POST"])
@managers_only
def new_company(request: StaffRequest) -> HttpResponse:
    """Ask for the requisites of a company, and add it; a known company is offered instead."""
    form = CompanyForm(request.POST if request.method == "POST" else None)
    known = None
    if not asks_again(request) and form.is_valid():
        try:
            made = companies.add_company(values=form.cleaned_data, by=request.user, at=timezone.now())
        except Refusal as refusal:
            form.take(refusal)
            known = refusal.facts.get("company")
        else:
            messages.success(request, _("%(name)s is added.") % {"name": made.name})
            return redirect("orders:company", made.pk)
    context = {"form": form, "known": known}
    return render(request, "orders/companies/new.html", context, status=shown_status(request))


@require_safe
@any_staff
def company(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a company: its requisites, its people, its orders here, and who changed what."""
    found = get_object_or_404(Company.objects.select_related("merged_into"), pk=pk)
    searched = _searched(request) if request.access.is_manager else {}
    return _show(request, found, CompanyForm(company=found), **searched)


@require_POST
@managers_only
def save_company(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the requisites of a company, or show the errors."""
    found = get_object_or_404(Company, pk=pk)
    form = CompanyForm(request.POST, company=found)
    if not asks_again(request) and form.is_valid():
        with refusals_to(form.take):
            companies.change_company(
                pk,
                values=form.cleaned_data,
                seen=as_id(request.POST.get("seen")) or 0,
                zone=request.location.zone,
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, _("The requisites are saved."))
            return redirect("orders:company", pk)
    return _show(request, found, form, status=shown_status(request))


@button
@managers_only
def add_member(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a person who was found order for the company."""
    found = get_object_or_404(Company, pk=pk)
    person_id = read_key(request.POST.get("person", ""), viewer=request.user)
    try:
        member = companies.add_member(found, person_id, by=request.user, at=timezone.now())
    except Refusal as refusal:
        return _show(request, found, CompanyForm(company=found), status=422, member_error=refusal_text(refusal))
    messages.success(request, _("%(name)s orders for the company now.") % {"name": member.person.short_name})
    return redirect("orders:company", pk)


@button
@managers_only
def remove_member(request: StaffRequest, pk: int, member: int) -> HttpResponse:
    """Remove a person from the company; their orders for it stay."""
    found = get_object_or_404(Company, pk=pk).members.select_related("person").filter(pk=member).first()
    with told(request):
        if found and companies.remove_member(found, by=request.user, at=timezone.now()):
            text = _("%(name)s orders for the company no more. Earlier orders stay.")
            messages.success(request, text % {"name": found.person.short_name})
        else:
            messages.info(request, _("This person has been taken out of the company already."))
    return redirect("orders:company", pk)


@button
@managers_only
def set_administrator(request: StaffRequest, pk: int, member: int) -> HttpResponse:
    """Let a member see all orders of the company, or stop it."""
    members = get_object_or_404(Company, pk=pk).members.select_related("person")
    found, wanted = get_object_or_404(members, pk=member), request.POST.get("is_administrator") == "yes"
    all_orders, own = _("%(name)s sees all orders of the company now."), _("%(name)s sees the own orders alone now.")
    with told(request):
        companies.set_administrator(found, is_administrator=wanted, by=request.user, at=timezone.now())
        messages.success(request, (all_orders if wanted else own) % {"name": found.person.short_name})
    return redirect("orders:company", pk)


def _searched(request: StaffRequest) -> dict[str, Any]:
    """Return the people found by a search, to be added."""
    text = read_text(request.GET)
    if is_too_short(text):
        return {"who": text}
    try:
        people, has_more = find_people(text, viewer=request.user, most=RESULTS, at=timezone.now())
    except SearchLimited as refusal:
        return {"who": text, "member_error": refusal_text(refusal), "status": 422}
    return {"who": text, "people": people, "has_more": has_more, "is_searched": True}


def _show(
    request: StaffRequest, company: Company, form: CompanyForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    card = card_of(company, request.location)
    context = {
        "company": company,
        "form": form,
        "card": card,
        "history": [(event, change_text(event)) for event in card.events],
        "last": companies.last_change_of(company),
        "can_edit": request.access.is_manager and not company.merged_into_id,
        "can_merge": request.access.is_administrator and not company.merged_into_id,
        "zone": request.location.zone,
        **extra,
    }
    return render(request, "orders/companies/company.html", context, status=status)

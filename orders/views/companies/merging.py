"""Merging two records of one company, for the location administrator."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.models import Company
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.refusals import refusals_to
from olvery.shared.search import is_too_short
from orders.domain.desk import merging_companies
from orders.domain.queries.companies import credit_of_both, may_be_the_same, two_records
from orders.forms_merging import MergeCompaniesForm
from orders.list_filters import read_text
from orders.wording_merging import compared_companies
from orders.wording_refusals import refusal_text

RESULTS = 12


@require_safe
@administrators_only
def choose(request: StaffRequest, pk: int) -> HttpResponse:
    """Offer companies that may be the same, or those found by a name or an INN."""
    company, text = get_object_or_404(Company.objects.standing(), pk=pk), read_text(request.GET)
    is_searched = not is_too_short(text)
    if is_searched:  # one more shows that there are more
        named = Company.objects.standing().found_by(text).exclude(pk=pk)
        found = list(named.order_by("name_key", "pk")[: RESULTS + 1])
    else:
        found = may_be_the_same(company)
    context = {
        "company": company,
        "found": found[:RESULTS],
        "has_more": len(found) > RESULTS,
        "text": text,
        "is_searched": is_searched,
    }
    return render(request, "orders/companies/merge.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def compare(request: StaffRequest, pk: int, other: int) -> HttpResponse:
    """Show what would move from one company to the other; merge them."""
    pair = two_records(pk, other)
    if len(pair) != 2:
        raise Http404
    kept, gone = pair
    form = MergeCompaniesForm(request.POST if request.method == "POST" else None, kept=kept, gone=gone)
    if not asks_again(request) and form.is_valid():
        confirm(request)
        with refusals_to(form.take):
            merging_companies.merge(form.wish, by=request.user, location=request.location, at=timezone.now())
            messages.success(request, _("The companies are merged: everything is with %(name)s.") % {"name": kept.name})
            return redirect("orders:company", pk)
    return _show(request, form, kept, gone)


def _show(request: StaffRequest, form: MergeCompaniesForm, kept: Company, gone: Company) -> HttpResponse:
    obstacle = merging_companies.obstacle(kept, gone, location=request.location)
    context: dict[str, Any] = {
        "form": form,
        "kept": kept,
        "gone": gone,
        "compared": compared_companies(kept, gone),
        "credit": credit_of_both(kept, gone),
        "obstacle": refusal_text(obstacle) if obstacle and not form.is_bound else "",
        "is_refused": bool(obstacle),
    }
    return render(request, "orders/companies/merge_compare.html", context, status=shown_status(request))

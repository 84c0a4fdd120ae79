"""What a person arranges in «Обращения» and «Билеты»: named filters, one of them the default, and columns."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.domain import lists
from accounts.models import ListName, SavedFilter
from coworking.access import StaffRequest, any_staff
from olvery.shared.htmx import dialog, go_to, render_dialog
from olvery.shared.refusals import refusals_to
from orders.forms_lists import COLUMNS, ColumnsForm, FilterForm
from orders.list_filters import kept_query
from orders.views.order.order_page import is_sent, typed

LONGEST = SavedFilter._meta.get_field("query").max_length or 0


def arranged_context(request: StaffRequest, name: ListName) -> dict[str, Any]:
    """Return a person's arrangement of a list: saved filters, which of them is active, hidden columns."""
    arranged, asked = lists.arranged(request.user, request.location.pk, name), kept_query(request.GET)
    return {
        "list_name": name,
        "filters": arranged.filters,
        "default": arranged.default,
        "asked": asked,
        "current": arranged.with_query(asked) if asked else None,
        "hidden": arranged.hidden,
    }


def list_url(name: ListName, query: str) -> str:
    """Return the URL of a list; without filters, one that does not apply the default filter."""
    return f"{reverse('orders:list' if name == ListName.ORDERS else 'orders:tickets')}?{query or 'all=1'}"


@dialog
@any_staff
def new_filter(request: StaffRequest, name: str) -> HttpResponse:
    """Ask for a name for the current filters, and save them."""
    what, query = list_named(name), kept_query(QueryDict(request.GET.get("of", "")))
    back = list_url(what, query)
    if not query or len(query) > LONGEST:
        return go_to(request, back)
    new = SavedFilter(user=request.user, location_id=request.location.pk, list=what, query=query)
    form = FilterForm(typed(request), instance=new)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            lists.save_filter(form.save(commit=False))
            return go_to(request, back)
    return _ask(request, "filter", form, back=back)


@dialog
@any_staff
def change_filter(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename a filter, make it the default or not, or delete it."""
    saved = get_object_or_404(SavedFilter.objects.of(request.user, request.location.pk), pk=pk)
    back = list_url(saved.list, saved.query)
    form = FilterForm(typed(request), instance=saved)
    if is_sent(request) and "delete" in request.POST:
        saved.delete()
        messages.success(request, _("The filter is deleted."))
        return go_to(request, back)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            lists.change_filter(form.save(commit=False))
            return go_to(request, back)
    return _ask(request, "filter", form, back=back, saved=saved)


@dialog
@any_staff
def columns(request: StaffRequest, name: str) -> HttpResponse:
    """Ask which columns of a list to show, and save it."""
    what = list_named(name)
    names = [column for column, _label in COLUMNS[what]]
    hidden = lists.hidden_columns(request.user, what)
    form = ColumnsForm(typed(request), name=what, shown=[column for column in names if column not in hidden])
    back = list_url(what, kept_query(QueryDict(request.GET.get("of", ""))))
    if is_sent(request) and form.is_valid():
        shown = form.cleaned_data["shown"]
        lists.hide_columns(request.user, what, [column for column in names if column not in shown])
        return go_to(request, back)
    return _ask(request, "columns", form, back=back)


def list_named(name: str) -> ListName:
    """Return the list with this name. Raises Http404."""
    if name not in ListName.values:
        raise Http404
    return ListName(name)


def _ask(request: StaffRequest, name: str, form: Any, *, back: str, **context: Any) -> HttpResponse:
    return render_dialog(request, f"orders/lists/{name}.html", {"form": form, **context}, back=back)

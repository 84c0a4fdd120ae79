"""The card of a customer: who they are, what they have now, what they owe."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Screen
from coworking.access import StaffRequest, any_staff
from orders.domain.queries.customers import card_of, known_person
from orders.views.seen import note_seen


@require_safe
@any_staff
def card(request: StaffRequest, customer: int) -> HttpResponse:
    """Show a person known to one of the viewer's locations, with what they have at the current one."""
    person = known_person(request.access.location_ids, customer, request.location)
    if person is None:
        raise Http404
    if person.pk != customer:
        return redirect("orders:customer", person.pk)
    shown = card_of(person, request.location, at=timezone.now())
    note_seen(request, [person.pk], Screen.CUSTOMER)
    context = {
        "card": shown,
        "person": person,
        "is_manager": request.access.is_manager,
        "zone": request.location.zone,
    }
    return render(request, "orders/people/card.html", context)

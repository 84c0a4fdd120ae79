"""«Коворкинг › Сотрудники»: who holds which role at the location; its administrator gives and revokes them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.models import Membership, Role
from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import people
from coworking.forms_people import RoleForm
from coworking.views.sections import show, shown_by, steps_left, told
from olvery.shared.errors import asks_again, button, shown_status


@require_safe
@any_staff
def team(request: StaffRequest) -> HttpResponse:
    """Show the people of the location, and the history of their roles."""
    events = people.role_events_of(request.location)
    history = [
        (event, event.person.short_name, f"{event.get_right_display()} — {event.get_action_display()}")
        for event in events
    ]
    team = people.team_of(request.location)
    return show(request, "coworking/people.html", team=team, steps=steps_left(request), history=history)


@require_http_methods(["GET", "POST"])
@administrators_only
def give_role(request: StaffRequest) -> HttpResponse:
    """Ask for the person and the role, and give it."""
    form = RoleForm(request.POST if request.method == "POST" else None)
    if not asks_again(request) and form.is_valid():
        confirm(request)
        role = Role(form.cleaned_data["role"])
        with shown_by(form):
            person = people.give_role(request.location.pk, form.invitee, role, by=request.user, at=timezone.now())
            facts = {"name": person.short_name, "role": role.label}
            messages.success(request, _("%(name)s has the role “%(role)s” now.") % facts)
            return redirect("coworking:people")
    return render(request, "coworking/new_role.html", {"form": form}, status=shown_status(request))


@button
@administrators_only
def take_role(request: StaffRequest, pk: int) -> HttpResponse:
    if not Membership.objects.filter(pk=pk, location=request.location).exists():
        raise Http404
    confirm(request)
    with told(request):
        taken = people.take_role(pk, request.location.pk, by=request.user, at=timezone.now())
        facts = {"name": taken.user.short_name, "role": taken.get_role_display()}
        messages.success(request, _("%(name)s has the role “%(role)s” no more.") % facts)
    return redirect("coworking:people")

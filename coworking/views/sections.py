"""Shared by the pages of settings: sections with their forms, one of which is saved at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain.first_steps import FirstSteps, first_steps
from coworking.domain.service_list import events_of_location
from coworking.domain.settings_history import CONFIRMED, Change, last_events
from coworking.models import Section, Service, SettingsEvent
from coworking.wording import refusal_text
from coworking.wording_settings import event_text
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal, refusals_to

# Changes, each with what it is about and its words.
History = list[tuple[Any, str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page with its form or its rows, and its refusal."""

    section: Section
    form: Any
    last: SettingsEvent | None
    refusal: Refusal | None

    @property
    def seen(self) -> int:
        """The last change that the person who saves has seen."""
        return self.last.pk if self.last else 0

    @property
    def templates(self) -> tuple[str, str]:
        """The section's own template, or the generic one for a section of plain fields."""
        return f"coworking/settings/{self.section}.html", "coworking/setting.html"


class SectionsPage(ABC):
    """Sections of a location or of a `service` by their names in URLs; `sent` is the one submitted in `data`."""

    template: str
    address: str
    sections: Mapping[str, Section]
    saved: Promise  # the message after saving a section, if necessary by its name
    leads_to_section = False
    service: Service | None = None
    refusal: Refusal | None = None

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        self.request, self.location, self.at, self.sent = request, request.location, at, sent
        self.data: Any = request.POST if sent else None
        self.today = self.location.day_at(at)

    @cached_property
    def forms(self) -> dict[str, Any]:
        """The forms or rows, one of them with the submitted data."""
        return self.make_forms()

    @abstractmethod
    def make_forms(self) -> dict[str, Any]:
        """Return the forms or rows of the sections that have any."""

    @abstractmethod
    def store(self, change: Change) -> None:
        """Save the submitted section, whose form is valid. Raises Refusal."""

    def sent_to(self, name: str) -> Any:
        """Return the data submitted for this section."""
        return self.data if name == self.sent else None

    def is_valid(self) -> bool:
        """Whether the submitted data are valid."""
        return self.sent not in self.forms or bool(self.forms[self.sent].is_valid())

    def save(self) -> bool:
        """Save what was submitted and return whether that succeeded."""
        if not self.is_valid():
            return False
        seen, by = as_id(self.data.get("seen")) or 0, self.request.user
        try:
            self.store(Change(section=self.sections[self.sent], seen=seen, by=by, at=self.at))
        except Refusal as refusal:
            self.refusal = refusal
        return self.refusal is None

    def show(self) -> HttpResponse:
        return show(self.request, self.template, page=self, **self.context)

    @property
    def context(self) -> dict[str, Any]:
        """The template context besides the page."""
        return {}

    @property
    def url(self) -> str:
        """The URL of the page."""
        return reverse(self.address, args=[self.service.pk] if self.service else [])

    @cached_property
    def steps(self) -> FirstSteps | None:
        """The steps left before the first order."""
        return steps_left(self.request)

    @cached_property
    def parts(self) -> dict[str, Part]:
        """The sections with their forms and their last changes. One query."""
        last = last_events(self.location, self.service, set(self.sections.values()))
        refused = {self.sent: self.refusal}
        return {
            name: Part(section, self.forms.get(name), last.get(section), refused.get(name))
            for name, section in self.sections.items()
        }

    @property
    def history(self) -> History:
        """The latest changes, in words."""
        return in_words(events_of_location(self.location, self.sections.values()))


def views_of(
    page: type[SectionsPage], *, readers: Callable[..., Any] = any_staff
) -> tuple[Callable[..., HttpResponse], Callable[..., HttpResponse]]:
    """Return the view that shows a page and the one that saves one of its sections; both take the page's owner."""

    @require_safe
    @readers
    def shown(request: StaffRequest, **owner: Any) -> HttpResponse:
        return page(request, timezone.now(), **owner).show()

    @require_POST
    @administrators_only
    def saved(request: StaffRequest, section: str, **owner: Any) -> HttpResponse:
        if section not in page.sections:
            raise Http404
        sent = page(request, timezone.now(), section, **owner)
        if asks_again(request):
            return sent.show()
        if page.sections[section] in CONFIRMED:
            confirm(request)
        if not sent.save():
            return sent.show()
        messages.success(request, sent.saved % {"section": page.sections[section].label})
        return redirect(sent.url + (f"#{section}" if page.leads_to_section else ""))

    return shown, saved


def steps_left(request: StaffRequest) -> FirstSteps | None:
    """Return the steps left before the first order, for those who set the location up; None if there are none."""
    if not request.access.is_administrator:
        return None
    steps = first_steps(request.location)
    return None if steps.are_done else steps


def in_words(events: Iterable[SettingsEvent], services: Mapping[str, str] | None = None) -> History:
    """Return changes of settings in words; `services` are names by their keys."""
    return [(event, event.get_section_display(), event_text(event, services)) for event in events]


def told(request: StaffRequest) -> refusals_to:
    """Show the refusals raised in the block as messages on the next page."""
    return refusals_to(lambda refusal: messages.error(request, refusal_text(refusal)))


def shown_by(form: BaseForm) -> refusals_to:
    """Show the refusals raised in the block at the fields that they concern."""
    return refusals_to(lambda refusal: form.add_error(refusal.field or None, refusal_text(refusal)))


def show(request: StaffRequest, template: str, **shown: Any) -> HttpResponse:
    """Render a page of settings, editable or read-only."""
    context = {"can_edit": request.access.is_administrator, "zone": request.location.zone, **shown}
    return render(request, template, context, status=shown_status(request))

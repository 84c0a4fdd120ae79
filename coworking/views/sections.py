"""What the pages of settings share: sections with their forms, of which one is saved as it was sent."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render

from accounts.models import User
from coworking.access import StaffRequest
from coworking.domain.service_list import events_of_location
from coworking.domain.settings_history import Change, last_events
from coworking.forms import MoreSeatsForm
from coworking.models import Section, SettingsEvent
from coworking.wording import refusal_text
from coworking.wording_settings import event_text
from olvery.shared.errors import shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal, refusals_to


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page with its form or its rows, and what was refused."""

    section: Section
    form: Any
    last: SettingsEvent | None
    refusal: Refusal | None
    more: MoreSeatsForm | None = None

    @property
    def seen(self) -> int:
        """The last change that whoever saves has seen."""
        return self.last.pk if self.last else 0

    @property
    def templates(self) -> tuple[str, str]:
        """The section's own template, and the one of a section that is nothing but its fields."""
        return f"coworking/settings/{self.section}.html", "coworking/setting.html"


def refusal_of(
    save: Callable[[Change], object], section: Section, sent: Any, *, by: User, at: datetime
) -> Refusal | None:
    """Save a section that was `sent` as a change of it, and return what was refused, if anything."""
    try:
        save(Change(section=section, seen=as_id(sent.get("seen")) or 0, by=by, at=at))
    except Refusal as refusal:
        return refusal
    return None


class LocationSections(ABC):
    """Sections of a location by their names in addresses; `sent` names the one that was sent with `data`."""

    sections: Mapping[str, Section]
    refusal: Refusal | None = None

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        self.location, self.at, self.sent, self.by = request.location, at, sent, request.user
        self.data: Any = request.POST if sent else None
        self.today = self.location.day_at(at)
        self.forms: dict[str, Any] = self.make_forms()

    @abstractmethod
    def make_forms(self) -> dict[str, Any]:
        """Return the forms or rows of the sections that have some."""

    @abstractmethod
    def store(self, change: Change) -> None:
        """Save the section that was sent, whose form is valid. Raises Refusal."""

    def sent_to(self, name: str) -> Any:
        """Return what was sent of this section."""
        return self.data if name == self.sent else None

    def save(self) -> bool:
        """Save what was sent and return whether that went well."""
        if self.sent in self.forms and not self.forms[self.sent].is_valid():
            return False
        self.refusal = refusal_of(self.store, self.sections[self.sent], self.data, by=self.by, at=self.at)
        return self.refusal is None

    @cached_property
    def parts(self) -> dict[str, Part]:
        """The sections with their forms and their last changes. One query."""
        last = last_events(self.location, None, set(self.sections.values()))
        refused = {self.sent: self.refusal}
        return {
            name: Part(section, self.forms.get(name), last.get(section), refused.get(name))
            for name, section in self.sections.items()
        }

    @property
    def history(self) -> list[tuple[SettingsEvent, str]]:
        """The last changes, in words."""
        return [(event, event_text(event)) for event in events_of_location(self.location, self.sections.values())]


def told(request: StaffRequest) -> refusals_to:
    """Tell the refusals that end the block as messages of the next page."""
    return refusals_to(lambda refusal: messages.error(request, refusal_text(refusal)))


def shown_by(form: BaseForm) -> refusals_to:
    """Show the refusals that end the block at the fields that they concern."""
    return refusals_to(lambda refusal: form.add_error(refusal.field or None, refusal_text(refusal)))


def show(request: StaffRequest, template: str, **shown: Any) -> HttpResponse:
    """Render a page of settings, for who may change them or only look."""
    context = {"can_edit": request.access.is_administrator, "zone": request.location.zone, **shown}
    return render(request, template, context, status=shown_status(request))

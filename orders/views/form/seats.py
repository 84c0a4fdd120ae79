"""A seat of a booking, and its HTML. In a template, two dozen took a seventh of the time of their fragment."""

from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coworking.models import Seat


@dataclass(frozen=True, slots=True)
class SeatView:
    seat: Seat
    is_free: bool
    is_chosen: bool
    # Whether it is chosen although a block lies over it.
    is_over_block: bool = False

    @property
    def title(self) -> str:
        """The text for screen readers and the tooltip."""
        if not self.seat.is_active:
            state = _("closed")
        elif self.is_over_block:
            state = _("blocked")
        elif self.is_free:
            state = _("free")
        else:
            state = _("taken")
        return ", ".join(filter(None, [self.seat.label, self.seat.note, state]))

    @property
    def is_clash(self) -> bool:
        """Whether it is chosen but not available."""
        return self.is_chosen and not self.is_free and not self.is_over_block

    @property
    def can_choose(self) -> bool:
        """Whether the seat may be picked; one that was taken in the meantime still shows as picked."""
        return self.is_free or self.is_chosen

    def box(self, prefix: str, *, is_one: bool, at: str, with_note: bool) -> SafeString:
        """Return its radio button or, if several places are ordered, its check box.

        `at` are the classes of its position on the floor.
        """
        seat, title = self.seat, escape(self.title)
        label = f"seat {at}" if at else "seat"
        states = (" data-off" if not seat.is_active else "") + (" data-clash" if self.is_clash else "")
        can = (" checked" if self.is_chosen else "") + ("" if self.can_choose else " disabled")
        note = f"<small>{escape(seat.note)}</small>" if seat.note and with_note else ""
        kind = "radio" if is_one else "checkbox"
        return SafeString(
            f'<label class="{label}"{states} title="{title}">\n'
            f'<input type="{kind}" id="{prefix}seat-{seat.pk}" name="{prefix}seats" value="{seat.pk}"{can}>\n'
            f'<span>{escape(seat.label)}{note}</span>\n<span class="sr-only">{title}</span>\n</label>'
        )

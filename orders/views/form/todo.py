"""What an order form still asks for and what is in the way, each with the element to go to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from coworking.domain.rules import RuleBroken, TimeMissing
from olvery.shared.refusals import Refusal
from orders.domain.booking.booking_offer import RepeatRefused
from orders.domain.booking.offer import EmailMissing, ReasonMissing
from orders.forms import ABOVE_THE_BOOKINGS, MOST_PARTS, OrderForm, anchor_of
from orders.forms_booking import BookingForm
from orders.wording_refusals import refusal_text

AnyForm = OrderForm | BookingForm


class Todo(NamedTuple):
    """Something to do in the form, in words, and the id of the element to go to: empty if it has none.

    `place` sorts by booking, between what stands above all of them and what stands below.
    """

    text: str
    anchor: str
    place: int


def missing(form: OrderForm, refusals: Sequence[Refusal]) -> list[Todo]:
    """Return what is still missing, each once, in the order of the form."""
    asked = [(owner, name, _words_of(name)) for owner, name in _malformed(form, is_missing=True)]
    found = [_todo(owner, name, words) for owner, name, words in asked]
    for refusal in refusals:
        name, words = _asked_by(refusal)
        owner = _owner(form, name, refusal.part)
        if words and _is_shown(owner, name):
            todo = _todo(owner, name, words)
            # The reason is asked for where the first rule is broken, though it is one for the whole order.
            found.append(todo._replace(place=refusal.part) if name == "override_reason" else todo)
    return _each_once(found)


def obstacles(form: OrderForm, refusals: Sequence[Refusal]) -> list[Todo]:
    """Return the fields with errors, each once, in the order of the form; the error is shown at the field.

    A refusal without a field is shown itself.
    """
    found = [Todo(owner.label_of(name), *_spot(owner, name)) for owner, name in _malformed(form, is_missing=False)]
    known = {(owner, name) for owner, name, _error in form.unshown_errors_of_forms}
    for refusal in refusals:
        owner, name = _owner(form, refusal.field, refusal.part), refusal.field
        if _asked_by(refusal)[1] or (owner, name) in known or not _is_shown(owner, name):
            continue
        label = owner.label_of(name)
        found.append(Todo(label, *_spot(owner, name)) if label else Todo(refusal_text(refusal), "", MOST_PARTS))
    return _each_once(found)


def _each_once(found: Iterable[Todo]) -> list[Todo]:
    first: dict[str, Todo] = {}
    for todo in found:
        first.setdefault(todo.text, todo)
    return sorted(first.values(), key=lambda todo: todo.place)


def _todo(owner: AnyForm, name: str, words: str) -> Todo:
    number = owner.number if isinstance(owner, BookingForm) else 0
    return Todo(f"{words} ({number + 1})" if number else words, *_spot(owner, name))


def _spot(owner: AnyForm, name: str) -> tuple[str, int]:
    if isinstance(owner, BookingForm):
        return anchor_of(owner, name), owner.number
    return anchor_of(owner, name), -1 if name in ABOVE_THE_BOOKINGS else MOST_PARTS


def _owner(form: OrderForm, name: str, part: int) -> AnyForm:
    booking = form.parts[part]
    return booking if name in booking.fields or name == "extras" else form


def _malformed(form: OrderForm, *, is_missing: bool) -> Iterator[tuple[AnyForm, str]]:
    for owner, name, error in form.unshown_errors_of_forms:
        if (error.code == "required") != is_missing or not _is_shown(owner, name):
            continue
        if not is_missing or name != "tariff":  # the page shows one as chosen before anybody chose
            yield owner, name


def _is_shown(owner: AnyForm, name: str) -> bool:
    """Return whether the page shows the field: most of them follow once a service is chosen."""
    if isinstance(owner, BookingForm):
        return name == "service" or owner.chosen_service is not None
    return name in ABOVE_THE_BOOKINGS or bool(owner.chosen_services)


def _words_of(name: str) -> str:
    return {
        "customer": _("customer"),
        "phone": _("phone"),
        "service": _("service"),
        "day": _("time"),
        "places": _("places"),
    }.get(name, name)


def _asked_by(refusal: Refusal) -> tuple[str, str]:
    """Return the field that a refusal asks to be filled in, with its words; empty if it says what is wrong."""
    if isinstance(refusal, EmailMissing):
        return refusal.field, _("e-mail")
    if isinstance(refusal, TimeMissing):
        return refusal.field, _("time")
    if isinstance(refusal, ReasonMissing):
        return refusal.field, _("reason of the discount")
    if isinstance(refusal, RepeatRefused) and refusal.reason == "last_repetition_missing":
        return refusal.field, _("until when to repeat")
    if isinstance(refusal, RuleBroken) and refusal.can_override:
        return "override_reason", _("reason to override")
    return "", ""

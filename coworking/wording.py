"""Sentences for the refusals of coworking/domain, by reason."""

from collections import ChainMap
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, ngettext_lazy

from accounts import wording as of_accounts
from coworking.domain.blocking import Taken
from coworking.models import CancellationStep, Unit
from olvery.shared.clocks import clock_text, end_text
from olvery.shared.formats import DAY_AND_MONTH, end_words, moment_words, period
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from olvery.shared.sentences import Sentence, say


def _booked_text(taken: Sequence[Taken], more: int, zone: ZoneInfo) -> str:
    """Return who is in the way of a block: «Уже забронировано: T1, Петров Иван, 25.11.2026 10:00–12:00; и ещё 2»."""
    named = [", ".join(filter(None, (one.place, one.visitor_name, period(one.period, zone)))) for one in taken]
    if more > 0:
        named.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return _("Booked already: %(taken)s.") % {"taken": "; ".join(named)}


def _blocked_text(*, block: int, seats: Sequence[str], places: int, why: str, during: Period, zone: ZoneInfo) -> str:
    """Return what is booked over: «Место A1 заблокировано, 25.11.2026 10:00–18:00: Ремонт.»."""
    del block
    if seats:
        text = ngettext(
            "Seat %(seats)s is blocked, %(period)s: %(reason)s.",
            "Seats %(seats)s are blocked, %(period)s: %(reason)s.",
            len(seats),
        )
    else:
        text = ngettext(
            "%(count)s place is one of the blocked ones, %(period)s: %(reason)s.",
            "%(count)s places are of the blocked ones, %(period)s: %(reason)s.",
            places,
        )
    said = {"seats": ", ".join(seats), "count": places, "period": period(during, zone)}
    return text % {**said, "reason": why.rstrip(".")}


SENTENCES: dict[str, Sentence] = {
    "year_mistaken": gettext_noop("There is a mistake in the year."),
    "last_day_before_first": gettext_noop("The last day is before the first."),
    "units_out_of_range": gettext_noop("Give a number from 1 to 60."),
    "start_missing": gettext_noop("Give the time of the start."),
    "end_missing": gettext_noop("Give the time of the end."),
    "end_not_after_start": gettext_noop("The end is not after the start."),
    "clock_changes": gettext_noop("The clock changes at this time; choose another."),
    "times_off_step": ngettext_lazy(
        "Times go in steps of %(minutes)s minute.", "Times go in steps of %(minutes)s minutes.", "minutes"
    ),
    "already_over": gettext_noop("This time is already over."),
    "closed": lambda day, why="": (
        (_("Closed on %(day)s: %(why)s.") if why else _("Closed on %(day)s."))
        % {"day": date_format(day, DAY_AND_MONTH), "why": why.rstrip(".")}
    ),
    "outside_hours": lambda opens, closes: (
        _("Open from %(opens)s to %(closes)s on this day.") % {"opens": clock_text(opens), "closes": end_text(closes)}
    ),
    "too_short": lambda unit, least: _("At least %(length)s.") % {"length": _length(unit, least)},
    "too_long": lambda unit, most: _("At most %(length)s.") % {"length": _length(unit, most)},
    "too_late": ngettext_lazy(
        "Bookings close %(minutes)s minute before the start.",
        "Bookings close %(minutes)s minutes before the start.",
        "minutes",
    ),
    "too_early": ngettext_lazy("Bookings open %(days)s day ahead.", "Bookings open %(days)s days ahead.", "days"),
    "just_taken": gettext_noop("This time has just been taken."),
    "waiting_over": gettext_noop("This person does not stand in line any more."),
    "visitor_erased": gettext_noop("The data of this person were erased meanwhile: choose somebody else."),
    "seats_unnumbered": gettext_noop("Places of this service have no numbers."),
    "seat_unknown": gettext_noop("There is no such seat."),
    "more_seats_than_places": gettext_noop("More seats are chosen than places are booked."),
    "seats_taken": lambda seats: (
        ngettext("Seat %(seats)s is taken at this time.", "Seats %(seats)s are taken at this time.", len(seats))
        % {"seats": ", ".join(seats)}
    ),
    "more_than_capacity": ngettext_lazy(
        "The service has %(capacity)s place in all.", "The service has %(capacity)s places in all.", "capacity"
    ),
    "all_taken": gettext_noop("Everything is taken at this time."),
    "place_blocked": _blocked_text,
    "nothing_to_block": gettext_noop("Choose what is blocked."),
    "places_booked": _booked_text,
    "fewer_are_free": ngettext_lazy(
        "Only %(free)s place is free at this time.", "Only %(free)s places are free at this time.", "free"
    ),
    # The door
    "code_altered": gettext_noop("Its signature is wrong: it was not printed here. Ask for the number of the ticket."),
    "ticket_unknown": gettext_noop("There is no such ticket here."),
    "nobody_expected": gettext_noop("Nobody of this name is expected today."),
    "entry_too_early": lambda opens_at, zone: _("Entry opens %(moment)s.") % {"moment": moment_words(opens_at, zone)},
    "entry_over": lambda ended_at, zone: _("The ticket ended %(moment)s.") % {"moment": end_words(ended_at, zone)},
    "entry_cancelled": gettext_noop("The ticket is cancelled."),
    "entry_released": gettext_noop("Nobody came in time, and the place was released."),
    "ticket_passed_on": gettext_noop("It was passed on to another visitor: this code lets nobody in any more."),
    "entry_unpaid": gettext_noop("The ticket is not paid."),
    "already_in": lambda since, zone: _("Came in %(moment)s and has not left.") % {"moment": moment_words(since, zone)},
    "visitor_not_inside": gettext_noop("Nobody has come in on this ticket."),
    "visit_stands": gettext_noop("The ticket is closed: the visit stands."),
    "nothing_to_keep": gettext_noop("The place of this ticket cannot be kept any more."),
    "still_expected": gettext_noop("The visitor is here or may still come."),
    # Settings
    "busy": gettext_noop("Somebody is changing the same bookings. Try again."),
    "service_kind_stays": gettext_noop("The service has tickets, so its kind stays."),
    "service_name_taken": gettext_noop("The location has a service of this name already."),
    "seat_label_taken": gettext_noop("Two seats would have the same number."),
    "day_twice": gettext_noop("There is a special day of this date already."),
    "own_role": gettext_noop("Nobody gives roles to themselves or takes their own: another administrator does."),
    "role_of_support": gettext_noop("This person is of the support: their roles are changed there."),
    "role_held": gettext_noop("This person has the role already."),
    "role_gone": gettext_noop("The role has been taken away meanwhile."),
    "email_of_another": gettext_noop("This e-mail belongs to somebody with another last name. Check both."),
    "administrator_no_more": gettext_noop("You are no administrator of this location any more."),
    "extra_stock_booked": gettext_noop("More pieces are booked at once than there would be."),
    "price_twice": gettext_noop("A tariff has two prices from the same day on."),
    "pass_for_nothing": gettext_noop("A pass costs more than 0 ₽."),
    "seller_missing": gettext_noop("Save the requisites first."),
    "tax_twice": gettext_noop("Two taxes begin on the same day."),
    "tax_begun": lambda first: (
        _("A tax begins on %(day)s or later: what was sold is refunded at its own.")
        % {"day": date_format(first, f"{DAY_AND_MONTH} Y")}
    ),
    "price_begun": gettext_noop("A price begins today or later."),
    "step_twice": gettext_noop("Two steps begin at the same notice."),
    "picture_unreadable": gettext_noop("This is no picture, or it is broken. JPEG, PNG and WebP are taken."),
    "picture_of_apple": gettext_noop("HEIC is not taken. Save the shot as JPEG and choose it again."),
    "picture_too_large": lambda most: _("The file has more than %(most)s MB.") % {"most": most // 1024**2},
    "picture_too_many_pixels": lambda most: (
        _("The picture has more than %(most)s million pixels. Make it smaller.") % {"most": most // 1_000_000}
    ),
    "picture_out_of_shape": gettext_noop(
        "A picture is %(least)s pixels high and wide at least, and no side is longer than four of the other."
    ),
    "photos_too_many": ngettext_lazy("%(most)s photo is shown at most.", "%(most)s photos are shown at most.", "most"),
    "draft_gone": gettext_noop("The draft was published or thrown away meanwhile. What you typed is still here."),
    "settings_row_gone": gettext_noop("A row has been removed meanwhile. Open the page again."),
    "settings_changed_meanwhile": lambda by, changed_at, zone: (
        _("%(name)s saved this section %(moment)s. What you typed is still here: compare it, then save again.")
        % {"name": by.short_name, "moment": moment_words(changed_at, zone)}
    ),
    "tickets_in_the_way": lambda tickets, more: (
        ngettext(
            "%(count)s ticket is in the way. Move or cancel it first.",
            "%(count)s tickets are in the way. Move or cancel them first.",
            len(tickets) + more,
        )
        % {"count": len(tickets) + more}
    ),
    "blocks_in_the_way": gettext_noop("More places are blocked than would be left. Lift the block first."),
}


def refusal_text(refusal: Refusal) -> str:
    """Return why something was refused, in words."""
    return say(ChainMap(SENTENCES, of_accounts.SENTENCES)[refusal.reason], refusal.facts)


def policy_text(steps: Iterable[CancellationStep]) -> str:
    """Return a cancellation policy in words: «за 24 часа до начала и раньше вернём 100 %, позже не возвращаем»."""
    parts = [_step_text(step) for step in sorted(steps, key=lambda step: -step.hours_before)]
    if not parts:
        return _("until the start all of the money is returned")
    return ", ".join([*parts, _("later nothing is returned")])


def _step_text(step: CancellationStep) -> str:
    if not step.hours_before:
        return _("until the start %(percent)s %% is returned") % {"percent": step.percent}
    text = ngettext(
        "from %(hours)s hour before the start %(percent)s %% is returned",
        "from %(hours)s hours before the start %(percent)s %% is returned",
        step.hours_before,
    )
    return text % {"hours": step.hours_before, "percent": step.percent}


def _length(unit: str, units: int) -> str:
    """Return a length in words: «4 часа», «2 недели»."""
    text = {
        Unit.HOUR: ngettext("%(units)s hour", "%(units)s hours", units),
        Unit.DAY: ngettext("%(units)s day", "%(units)s days", units),
        Unit.WEEK: ngettext("%(units)s week", "%(units)s weeks", units),
        Unit.MONTH: ngettext("%(units)s month", "%(units)s months", units),
    }[Unit(unit)]
    return text % {"units": units}

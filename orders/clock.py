"""The steps of the clock each minute, for the job and for the command of the same name."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from accounts.domain import importing
from accounts.models import PeopleImport
from coworking.domain import visits
from orders.domain import exports
from orders.domain.booking import deadlines, pass_reminders, reminders, waiting
from orders.domain.desk import bulk, no_shows, offline_scans
from orders.domain.online import completion, expiry
from orders.domain.online.gateway import Gateway
from orders.models import CompanyImport

Step = Callable[[datetime], int]


def steps(gateway: Gateway | None) -> dict[str, Step]:
    """Return the steps that only change rows, by what they count; without a gateway nobody is asked about payments."""
    return {
        "Letters about a near deadline written": deadlines.warn_of_deadlines,
        "Orders expired, not paid in time": partial(expiry.expire_overdue, gateway),
        "Orders completed, their time is over": partial(completion.complete_finished, gateway),
        "Reminders of bookings written": reminders.remind_of_bookings,
        "Reminders of passes written": pass_reminders.remind_of_passes,
        "Visits ended that nobody checked out": visits.end_forgotten,
        "Orders warned that a place becomes free": no_shows.warn_of_release,
        "Orders whose places were released, nobody came": no_shows.release_no_shows,
        "Wishes on the waiting list ended, their time has come": waiting.end_overdue,
        "Services that offered places to the waiting list": waiting.offer_everywhere,
        "Scans without network whose text was deleted": offline_scans.forget_texts,
        "Bulk actions deleted": bulk.forget_old,
        "Uploaded lists of people whose rows were deleted": partial(importing.forget_rows, PeopleImport),
        "Uploaded lists of companies whose rows were deleted": partial(importing.forget_rows, CompanyImport),
    }


def steps_with_files(gateway: Gateway | None) -> dict[str, Step]:
    """Return all steps, including those that delete files, which cannot be rolled back."""
    return {**steps(gateway), "Exports given up or deleted": exports.forget_old}

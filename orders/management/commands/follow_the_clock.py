"""`manage.py follow_the_clock`: deadlines that are near or over, bookings that begin soon or have ended."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from accounts.domain import importing
from coworking.domain import visits
from orders.domain import exports
from orders.domain.booking import deadlines, pass_reminders, reminders, waiting
from orders.domain.desk import bulk, company_importing, no_shows, offline_scans
from orders.domain.online import completion, expiry
from orders.domain.online.gateway import Gateway
from orders.management.money import MoneyCommand


class Command(MoneyCommand):
    """The periodic job of the same name, by hand."""

    help = "Warn of deadlines, remind of bookings, expire and complete orders, end forgotten visits, release places."

    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Warn, remind, expire and complete."""
        yield f"Letters about a near deadline written: {deadlines.warn_of_deadlines(at)}."
        yield f"Orders expired, not paid in time: {expiry.expire_overdue(shop, at)}."
        yield f"Orders completed, their time is over: {completion.complete_finished(shop, at)}."
        yield f"Reminders of bookings written: {reminders.remind_of_bookings(at)}."
        yield f"Reminders of passes written: {pass_reminders.remind_of_passes(at)}."
        yield f"Visits ended that nobody checked out: {visits.end_forgotten(at)}."
        yield f"Orders warned that a place becomes free: {no_shows.warn_of_release(at)}."
        yield f"Orders whose places were released, nobody came: {no_shows.release_no_shows(at)}."
        yield f"Wishes on the waiting list ended, their time has come: {waiting.end_overdue(at)}."
        yield f"Services that offered places to the waiting list: {waiting.offer_everywhere(at)}."
        yield f"Exports given up or deleted: {exports.forget_old(at)}."
        yield f"Scans without network whose text was deleted: {offline_scans.forget_texts(at)}."
        yield f"Bulk actions deleted: {bulk.forget_old(at)}."
        yield f"Uploaded lists of people whose rows were deleted: {importing.forget_rows(at)}."
        yield f"Uploaded lists of companies whose rows were deleted: {company_importing.forget_rows(at)}."

    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Do all but deleting files and take it back: letters and requests are rows, so nothing leaves the house."""
        with transaction.atomic():
            letters = deadlines.warn_of_deadlines(at)
            expired = expiry.expire_overdue(None, at)
            completed = completion.complete_finished(shop, at)
            reminded = reminders.remind_of_bookings(at)
            reminded_of_passes = pass_reminders.remind_of_passes(at)
            ended = visits.end_forgotten(at)
            warned = no_shows.warn_of_release(at)
            released = no_shows.release_no_shows(at)
            ended_wishes = waiting.end_overdue(at)
            offering = waiting.offer_everywhere(at)
            forgotten = offline_scans.forget_texts(at)
            bulk_actions = bulk.forget_old(at)
            lists = importing.forget_rows(at)
            companies = company_importing.forget_rows(at)
            transaction.set_rollback(True)
        yield f"Letters about a near deadline to write: {letters}."
        yield f"Orders to expire, unless YooKassa says that they are paid: {expired}."
        yield f"Orders to complete, their time is over: {completed}."
        yield f"Reminders of bookings to write: {reminded}."
        yield f"Reminders of passes to write: {reminded_of_passes}."
        yield f"Visits to end that nobody checked out: {ended}."
        yield f"Orders to warn that a place becomes free: {warned}."
        yield f"Orders whose places are to be released, nobody came: {released}."
        yield f"Wishes on the waiting list to end, their time has come: {ended_wishes}."
        yield f"Services that would offer places to the waiting list: {offering}."
        yield f"Scans without network whose text is to be deleted: {forgotten}."
        yield f"Bulk actions to delete: {bulk_actions}."
        yield f"Uploaded lists of people whose rows are to be deleted: {lists}."
        yield f"Uploaded lists of companies whose rows are to be deleted: {companies}."

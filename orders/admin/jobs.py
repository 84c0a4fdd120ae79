"""Background jobs, read-only: what waits, what failed and when it will be retried."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import admin as _registers_its_own_page  # noqa: F401
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from olvery.shared.admin import LargeTable, ReadOnly, column, in_utc
from olvery.shared.jobs import run_again
from orders.models import Job, ProviderNotification, ProviderRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

admin.site.unregister(ProcrastinateJob)

TASKS = {
    "orders.send_message": _("Send a letter"),
    "orders.send_waiting_letter": _("Send a letter about the waiting list"),
    "orders.offer_places": _("Offer places to the waiting list"),
    "orders.issue_act": _("Issue an act"),
    "orders.issue_bills": _("Issue invoices of months"),
    "orders.send_bill": _("Send an invoice of a month"),
    "orders.send_request": _("Send a request to the provider"),
    "orders.process_notification": _("Look into a notification of the provider"),
    "orders.fulfil_payment": _("Give places for a payment"),
    "orders.settle_change": _("Return the money of a change"),
    "orders.carry_out_bulk": _("Do something with many orders"),
    "orders.write_export": _("Write the file of an export"),
    "orders.deliver": _("Tell programs of events"),
    "orders.forget_programs": _("Delete old requests of programs"),
    "orders.follow_the_clock": _("Warn, release and complete by the clock"),
    "orders.follow_the_money": _("Ask about payments under way"),
    "orders.reconcile": _("Compare the books"),
    "orders.review_people": _("Look who was not here for years"),
    "orders.check_itself": _("Look for what does not add up"),
    "orders.retry_stalled": _("Run again what was broken off"),
    "orders.forget_finished_jobs": _("Delete finished jobs"),
}
STATES = {
    "todo": _("waits"),
    "doing": _("under way"),
    "succeeded": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
    "aborted": _("broken off"),
    "deferred": _("queued"),
    "started": _("begun"),
    "deferred_for_retry": _("to be tried again"),
    "abort_requested": _("to be broken off"),
    "scheduled": _("planned"),
    "retried": _("started again by support"),
}
# The library's own is in English, above each row of the history.
ProcrastinateEvent.__str__ = lambda event: str(STATES.get(event.type, event.type))  # type: ignore[method-assign]
ARGUMENTS = {
    "message_id": _("letter"),
    "also": _("and letters"),
    "letter_id": _("letter"),
    "service_id": _("service"),
    "request_id": ProviderRequest._meta.verbose_name,
    "notification_id": ProviderNotification._meta.verbose_name,
    "attempt_id": _("payment"),
    "order_number": _("order"),
    "event_id": _("event"),
    "action_id": _("bulk action"),
    "export_id": _("export"),
}
QUEUES = {
    "letters": _("letters"),
    "clock": _("the clock"),
    "provider": _("the provider"),
    "webhooks": _("webhooks"),
    "exports": _("exports"),
}


def _arguments(job: Job) -> Iterator[str]:
    """Yield what a job is about; a periodic one has only the moment of its run."""
    for name, value in job.args.items():
        if name != "timestamp" and value != []:
            values = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{ARGUMENTS.get(name, name)} {values}"


class ByWord(admin.SimpleListFilter):
    """A filter by one column of the job table, with our own labels."""

    words: Mapping[str, "_StrPromise"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer every choice."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Keep the jobs with the chosen value."""
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() in self.words else queryset


class ByState(ByWord):
    title, parameter_name = _("state"), "status"
    words = {name: STATES[name] for name in ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")}


class ByQueue(ByWord):
    title, parameter_name, words = _("queue"), "queue_name", QUEUES


class ByTask(ByWord):
    title, parameter_name, words = _("job"), "task_name", TASKS


class EventInline(ReadOnly, admin.TabularInline):
    """What happened to the job, and when."""

    model = ProcrastinateEvent
    verbose_name_plural = _("history")
    fields = ("moment", "what")
    ordering = ("-at",)
    moment = in_utc("at", _("when"))
    what = column(_("what"), lambda event: STATES.get(event.type, event.type))


@admin.register(Job)
class JobAdmin(LargeTable, ReadOnly, admin.ModelAdmin):
    """Jobs with our own labels. Their moments are in UTC: a job belongs to no location."""

    list_display = ("number", "task", "about", "state", "planned", "tries")
    list_filter = (ByState, ByQueue, ByTask)
    actions = ("run_again",)
    fields = ("task", "about", "state", "queue", "planned", "tries", "broken_off")
    inlines = (EventInline,)
    ordering = ("-id",)
    number = column(_("number"), lambda job: job.pk)
    task = column(_("job"), lambda job: TASKS.get(job.task_name, job.task_name))
    about = column(_("about"), lambda job: ", ".join(_arguments(job)))
    state = column(_("state"), lambda job: STATES.get(job.status, job.status))
    queue = column(_("queue"), lambda job: QUEUES.get(job.queue_name, job.queue_name))
    planned = in_utc("scheduled_at", _("not before"))
    tries = column(_("tries"), lambda job: job.attempts)
    broken_off = column(_("broken off with its worker, times"), lambda job: max(-job.priority, 0))

    def has_run_permission(self, request: HttpRequest) -> bool:
        """True if the user may change jobs, which only means running them again."""
        return bool(request.user.has_perm("orders.change_job"))

    @admin.action(description=_("Run again what was given up"), permissions=["run"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        """Queue the selected failed jobs again, and record who did so."""
        queued = run_again(job.pk for job in chosen)
        for job in chosen.filter(pk__in=queued):
            self.log_change(request, job, gettext("Run again"))
        if queued:
            told = ngettext("%(count)s job runs again.", "%(count)s jobs run again.", len(queued))
            self.message_user(request, told % {"count": len(queued)}, messages.SUCCESS)
        if lacking := chosen.count() - len(queued):
            told = ngettext(
                "%(count)s job is left: it was not given up, or comes again by itself.",
                "%(count)s jobs are left: they were not given up, or come again by themselves.",
                lacking,
            )
            self.message_user(request, told % {"count": lacking}, messages.WARNING)

"""Jobs in Django admin, in words: procrastinate's own page names functions and locks."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from coworking.admin import NOTHING
from olvery.shared.admin import ReadOnly
from orders.domain.messages import SEND as SEND_MESSAGE
from orders.domain.online.fulfilment import FULFIL
from orders.domain.online.notifications import PROCESS
from orders.domain.online.outbox import SEND as SEND_REQUEST

TASKS: dict[str, Promise] = {
    SEND_MESSAGE: _("Send a letter"),
    SEND_REQUEST: _("Send a request to YooKassa"),
    PROCESS: _("Look into a notification of YooKassa"),
    FULFIL: _("Give the places for a payment"),
    "orders.retry_stalled": _("Run again what was broken off"),
    "orders.forget_finished_jobs": _("Delete jobs that ended well"),
    "orders.follow_the_clock": _("Follow the clock: deadlines and ends"),
    "orders.follow_the_money": _("Follow payments and refunds"),
    "orders.reconcile": _("Compare the books"),
}
STATES: dict[str, Promise] = {
    "todo": _("waits for its turn"),
    "doing": _("is running"),
    "succeeded": _("done"),
    "failed": _("failed"),
    "cancelled": _("called off"),
    "aborted": _("broken off"),
}
EVENTS: dict[str, Promise] = {
    "deferred": _("queued"),
    "started": _("started"),
    "deferred_for_retry": _("queued once more"),
    "failed": _("failed"),
    "succeeded": _("done"),
    "cancelled": _("called off"),
    "abort_requested": _("asked to break off"),
    "aborted": _("broken off"),
    "scheduled": _("planned"),
}
ACTIONS: dict[str, Promise] = {
    "retry": _("Run again"),
    "cancel": _("Call off"),
    "abort": _("Break off"),
}


class WordsFilter(admin.SimpleListFilter):
    """A filter by a column whose values are words of code."""

    words: ClassVar[dict[str, Promise]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer all values by their names."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow by the value that is chosen."""
        if self.value() not in self.words:
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value()})


class StateFilter(WordsFilter):
    """Jobs by how they are."""

    title, parameter_name, words = _("status"), "status", STATES


class TaskFilter(WordsFilter):
    """Jobs by what they do."""

    title, parameter_name, words = _("job"), "task_name", TASKS


class EventInline(ReadOnly, admin.TabularInline):
    """What became of a job, and when."""

    model = ProcrastinateEvent
    verbose_name, verbose_name_plural = _("event"), _("events")
    fields = readonly_fields = ("what", "moment")
    extra = 0

    @admin.display(description=_("event"))
    def what(self, event: ProcrastinateEvent) -> str:
        """Name the event."""
        return str(EVENTS.get(event.type, event.type))

    @admin.display(description=_("moment"))
    def moment(self, event: ProcrastinateEvent) -> str:
        """Show the moment by the clock of the server: a job belongs to no location."""
        return _when(event.at)


admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(ProcrastinateJobAdmin):
    """Jobs, to look at and to start again."""

    fields = ("what", "about", "state", "attempts_made", "planned")  # type: ignore[assignment]
    list_display = ("pk", "what", "about", "state", "attempts_made", "planned")  # type: ignore[assignment]
    list_filter = (StateFilter, TaskFilter)  # type: ignore[assignment]
    inlines = (EventInline,)  # type: ignore[assignment]
    sortable_by = ()

    def get_actions(self, request: HttpRequest) -> Any:
        """Name the actions of procrastinate."""
        actions: Any = super().get_actions(request)
        return {name: (run, name, ACTIONS.get(name, told)) for name, (run, name, told) in actions.items()}

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        """Show everything, change nothing."""
        return self.fields

    @admin.display(description=_("job"))
    def what(self, job: ProcrastinateJob) -> str:
        """Name what the job does."""
        return str(TASKS.get(job.task_name, job.task_name))

    @admin.display(description=_("about"))
    def about(self, job: ProcrastinateJob) -> str:
        """Show the keys it works on."""
        return ", ".join(str(value) for name, value in job.args.items() if name != "timestamp") or NOTHING

    @admin.display(description=_("status"))
    def state(self, job: ProcrastinateJob) -> str:
        """Name the status."""
        return str(STATES.get(job.status, job.status))

    @admin.display(description=_("attempts"))
    def attempts_made(self, job: ProcrastinateJob) -> int:
        """Show how often it was tried."""
        return int(job.attempts)

    @admin.display(description=_("planned for"))
    def planned(self, job: ProcrastinateJob) -> str:
        """Show the moment it waits for, if it waits for one."""
        return _when(job.scheduled_at)


def _when(at: Any) -> str:
    return date_format(timezone.localtime(at), "d.m.Y H:i:s") if at else NOTHING

"""What people asked to be done or written while they wait: exports and bulk actions, read-only."""

from urllib.parse import unquote_plus

from django.contrib import admin
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from olvery.shared.admin import column
from orders.admin.finding import BY_ORDER_OR_PERSON, BY_PERSON, ByLocation, PlacePage, RowsInline, local, number_in
from orders.admin.reading import money_of
from orders.models import BulkAction, BulkItem, Export, Order

# As the address of the list has them; what was searched there is not cut.
FILTERS = column(_("filters"), lambda row: unquote_plus(row.query))


@admin.register(Export)
class ExportAdmin(PlacePage):
    """Files of long lists, which only the person who asked downloads."""

    accusative = pgettext_lazy("accusative", "export")
    person = "by"
    fields = (
        *("by", "location", "what", "format", "narrowed", "status", "rows", "bytes"),
        *("asked", "went_on", "ready"),
    )
    list_display = ("__str__", "by", "location", "status", "rows", "asked", "ready")
    list_filter = (ByLocation, "status", "what")
    list_select_related = ("by", "location")
    search_help_text = BY_PERSON
    narrowed = FILTERS
    bytes = column(_("size"), lambda export: filesizeformat(export.size) if export.size else "")
    went_on = local("moved_at", _("went on at"))
    ready = local("ready_at", _("ready at"))


def _tickets(item: BulkItem) -> str:
    pages = ((reverse("admin:coworking_ticket_change", args=[number]), number) for number in item.tickets)
    return format_html_join(", ", '<a href="{}">{}</a>', pages)


class BulkItemInline(RowsInline):
    """What became of each order, or of its tickets."""

    place = "action__location"
    model = BulkItem
    fields = ("order", "numbers", "sum", "state", "text", "ended")
    related = ("order", place)
    numbers = column(_("tickets"), _tickets)
    sum = money_of("amount", _("sum"))
    ended = local("ended_at", _("when"))


@admin.register(BulkAction)
class BulkActionAdmin(PlacePage):
    """Actions on many orders or tickets, kept for a month."""

    person = "by"
    fields = ("by", "location", "kind", "reason", "method", "moved", "document", "narrowed", "asked")
    inlines = (BulkItemInline,)
    list_display = ("__str__", "by", "location", "reason", "asked")
    list_filter = (ByLocation, "kind")
    list_select_related = ("by", "location")
    search_help_text = BY_ORDER_OR_PERSON
    narrowed = FILTERS
    moved = local("moved_at", _("moved at"))

    def meant_by(self, text: str) -> Q:
        """Search the order among the actions at its location since it was placed: the index begins with the action."""
        order = Order.objects.filter(pk=number_in(text)).first()
        if order is None:
            return super().meant_by(text)
        since = BulkAction.objects.filter(asked_at__gte=order.created_at, location=order.location_id)
        actions = list(since.values_list("pk", flat=True))
        items = BulkItem.objects.filter(action__pk__any=actions, order=order.pk)
        return Q(pk__any=list(items.values_list("action", flat=True)))

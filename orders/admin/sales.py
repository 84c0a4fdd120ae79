"""Passes, promo codes and the waiting list, read-only."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from coworking.models import Extra, Location, Seat, WaitingStatus, WaitingVisitor, WaitingWish
from olvery.shared.admin import column
from olvery.shared.formats import period, weekdays_short
from orders.admin.finding import (
    BY_ORDER_OR_PERSON,
    Among,
    ByLocation,
    PlacePage,
    RowsInline,
    local,
    names_of_services,
    number_in,
    rows_link,
)
from orders.admin.reading import link_to, linked, money_of
from orders.models import Pass, PassEntry, PromoCode, PromoUse, WaitedOrder, WaitingLetter
from orders.wording_passes import left_text, signed_text, units_text, until_text
from orders.wording_promo import days_text, value_text


@admin.register(Pass)
class PassAdmin(PlacePage):
    place, orders, person = "service__location", ("order",), "owner"
    fields = ("order", "owner", "service", "also", "bought", "rest", "cost", "valid", "ended", "entry_rows")
    list_display = ("__str__", "owner", "service", "bought", "rest", "last_day", "ended")
    list_filter = (ByLocation, ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner", "service__location")
    search_help_text = _("The number of the order that sold it or is paid from it; the owner's names, phone, or e-mail")
    also = column(_("also pays for"), lambda own: names_of_services(own.also_services))
    bought = column(_("quantity"), lambda own: units_text(own.units, own.unit))
    rest = column(_("left"), left_text)
    cost = money_of("price", _("price"))
    valid = column(_("period"), lambda own: period(own.period, own.service.location.zone))
    last_day = column(_("last day"), lambda own: until_text(own, own.service.location.zone))
    entry_rows = rows_link(PassEntry, "of_pass")

    def meant_by(self, text: str) -> Q:
        """Also search the orders that are paid from a pass."""
        uses = PassEntry.objects.filter(order=number_in(text))
        return super().meant_by(text) | Q(order__pk__any=list(uses.values_list("of_pass", flat=True)))


@admin.register(PassEntry)
class PassEntryAdmin(PlacePage):
    """What came to passes and went from them."""

    place, orders = "of_pass__service__location", ("order", "of_pass")
    fields = list_display = ("moved", "pass_page", "kind", "change", "order_page", "ticket_page", "by")
    list_select_related = ("of_pass__service__location", "order", "ticket", "by")
    narrowed_by = ("of_pass",)
    search_help_text = _("The number of the pass, or of an order that is paid from it")
    moved = local("at", _("when"))
    change = column(_("quantity"), lambda entry: signed_text(entry.units))
    pass_page = link_to("of_pass", _("pass"))
    ticket_page = link_to("ticket", _("ticket"))


def codes_called(text: str) -> list[int]:
    """Return the keys of the codes that a text means, at any location: the index begins with the location."""
    places = list(Location.objects.values_list("pk", flat=True))
    return list(PromoCode.objects.known_as(text).filter(location__pk__any=places).values_list("pk", flat=True))


@admin.register(PromoCode)
class PromoCodeAdmin(PlacePage):
    fields = (
        *("code", "location", "gives", "days", "on_weekdays", "for_services", "most_uses", "most_uses_each"),
        *("used", "state", "note", "use_rows"),
    )
    list_display = ("code", "location", "gives", "days", "used", "most_uses", "state")
    list_filter = (ByLocation, "is_active")
    list_select_related = ("location",)
    search_help_text = _("The code in full")
    gives = column(_("discount"), value_text)
    days = column(_("period"), days_text)
    on_weekdays = column(_("weekdays"), lambda code: weekdays_short(code.weekdays))
    for_services = column(_("services"), lambda code: names_of_services(code.service_ids))
    state = column(_("state"), lambda code: gettext("valid") if code.is_active else gettext("in the archive"))
    use_rows = rows_link(PromoUse, "code")

    def meant_by(self, text: str) -> Q:
        """Search the code as customers may type it."""
        return Q(pk__any=codes_called(text))


@admin.register(PromoUse)
class PromoUseAdmin(PlacePage):
    """Uses that orders took, and gave back."""

    place, orders = "code__location", ("order",)
    fields = list_display = ("moved", "code_page", "order_page", "change", "by")
    list_select_related = ("code__location", "order", "by")
    narrowed_by = ("code",)
    search_help_text = _("The order's number, or the code in full")
    moved = local("at", _("when"))
    change = column(_("uses"), lambda use: signed_text(use.count))
    code_page = link_to("code", _("promo code"))

    def meant_by(self, text: str) -> Q:
        """Also search the code."""
        return super().meant_by(text) | Q(code__pk__any=codes_called(text))


IN_LINE = Q(status=WaitingStatus.WAITING)


class InLine(Among):
    """Whether a wish still waits: what became of it has no index."""

    title, parameter_name = _("status"), "in_line"
    conditions = {"yes": (_("In line"), IN_LINE), "no": (_("Left the line"), ~IN_LINE)}


class VisitorInline(RowsInline):
    """For whom the places are, unless for the customer."""

    model = WaitingVisitor
    fields = ("person",)
    related = ("person",)


class WaitingLetterInline(RowsInline):
    model = WaitingLetter
    place = "wish__service__location"
    fields = ("kind", "to", "created", "sent")
    related = (place,)
    created = local("created_at", _("created at"))
    sent = local("sent_at", _("sent at"))


@admin.register(WaitingWish)
class WaitingWishAdmin(PlacePage):
    """Who waits for what, and what became of it."""

    accusative = pgettext_lazy("accusative", "wish on the waiting list")
    place, person = "service__location", "customer"
    fields = (
        *("customer", "phone_number", "email", "service", "tariff", "wanted", "places", "seats", "with_extras"),
        *("payment_method", "comment", "internal_note", "status", "order_page"),
        *("created", "created_by", "until", "closed", "closed_by"),
    )
    inlines = (VisitorInline, WaitingLetterInline)
    list_display = ("__str__", "customer", "service", "wanted", "places", "status", "created", "order_page")
    list_filter = (ByLocation, InLine)
    list_select_related = ("customer", "service__location", "waited__order")
    search_help_text = BY_ORDER_OR_PERSON
    wanted = column(_("period"), lambda wish: period(wish.period, wish.service.location.zone))
    seats = column(
        _("these seats alone"),
        lambda wish: ", ".join(Seat.objects.filter(pk__any=wish.seat_ids).values_list("label", flat=True)),
    )
    with_extras = column(_("extras"), lambda wish: extras_text(wish.extras))
    created = local("created_at", _("created at"))
    until = local("waits_until", _("waits until"))
    closed = local("closed_at", _("left the line at"))
    order_page = column(_("order"), lambda wish: linked(wish.waited.order) if hasattr(wish, "waited") else "")

    def at_location(self, location: int) -> Q:
        """Look in both halves: each has an index that begins with the service."""
        here = super().at_location(location)
        return here & IN_LINE | here & ~IN_LINE

    def meant_by(self, text: str) -> Q:
        """Search the order that a wish became."""
        became = WaitedOrder.objects.filter(order=number_in(text))
        return Q(pk__any=list(became.values_list("wish", flat=True)))


def extras_text(quantities: dict[str, int]) -> str:
    """Return the extras of a wish with their quantities. One query."""
    found = Extra.objects.filter(pk__any=[int(key) for key in quantities]).order_by("pk")
    return ", ".join(f"{extra.name} × {quantities[str(extra.pk)]}" for extra in found)

"""Tickets in Django admin, which can also be found by their order."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coworking.admin import TicketAdmin
from coworking.models import Ticket
from olvery.shared.forms import as_id
from orders.admin.reading import kinds_with_number
from orders.domain.queries.lists import named_number
from orders.models import OrderLine

admin.site.unregister(Ticket)


@admin.register(Ticket)
class TicketOfOrderAdmin(TicketAdmin):
    """The page of the app below, which knows nothing about orders."""

    search_help_text = _(
        "The number of the ticket or of its order; the visitor's names in any order, digits of the phone, or e-mail"
    )

    def kinds(self, text: str) -> list[str]:
        """«Заказ 10423» is one thing, although it has a word and a number."""
        return kinds_with_number(text)

    def ways(self, text: str) -> list[QuerySet[Any]]:
        """Also find the tickets of an order; «Заказ 10423» and «Билет 20491» are unambiguous."""
        order, ticket = named_number(text, "orders"), named_number(text, "tickets")
        ways = [] if order or ticket else super().ways(text)
        if ticket:
            ways.append(Ticket.objects.filter(number=ticket).values("pk"))
        if number := order or as_id(text):
            ways.append(OrderLine.objects.filter(order=number, ticket__isnull=False).values("ticket"))
        return ways

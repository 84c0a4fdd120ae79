"""Everything that a customer reads is Russian: no Latin words except names, brands and URLs."""

import re
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client
from django.utils import timezone

from coworking.models import Location, Service, Ticket
from orders.documents.act import act_contents
from orders.documents.issued import contents_of
from orders.domain.booking.deadlines import warn_of_deadlines
from orders.domain.booking.pass_reminders import remind_of_passes
from orders.domain.booking.reminders import remind_of_bookings
from orders.domain.desk import no_shows
from orders.domain.desk.handing_over import Recipient, hand_over, state_of
from orders.domain.desk.invoicing import issue_invoice
from orders.domain.money.acts import issue_act
from orders.domain.online.links import resend_link
from orders.letters.compose import compose
from orders.models import Message, MessageKind, Order, OrderStatus
from tests.factories import (
    make_manager,
    make_order,
    make_pass,
    make_pass_tariff,
    make_seats,
    make_seller,
    make_tariff,
    make_user,
)
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.moments import WEDNESDAY, moment
from tests.orders.booking.changes import change, when
from tests.views.conftest import clock, gateway  # noqa: F401 - fixtures
from tests.views.pay_stages import STAGES, address_of, paid

pytestmark = pytest.mark.django_db

# The product, the provider's marks, the other language in itself, «QR-код» of the dictionaries.
ALLOWED = {"Olvery", "Kassa", "SberPay", "English", "QR"}
ADDRESSES = re.compile(r"https?://\S+|\S+@\S+\.\w+")
LATIN = re.compile(r"[A-Za-z]{2,}")


def foreign(text: str) -> set[str]:
    """Return the Latin words of a text that are neither allowed nor a part of an address."""
    return set(LATIN.findall(ADDRESSES.sub(" ", text))) - ALLOWED


def unpaid_order() -> Order:
    """Place an order of a new customer that waits for its online payment."""
    tariff = make_tariff(service=make_seats(name="Тихая зона"), name="Час", price="300")
    return make_order(tariff=tariff, customer=make_user(), payment_method="online", email="petrov@example.com")


def test_no_page_for_customers_has_a_latin_word(client: Client, gateway: FakeGateway) -> None:  # noqa: F811
    guest, found = Client(), {}
    for stage in STAGES:
        order = unpaid_order()
        make_seller(location=order.location)
        query = stage(order, gateway)
        ticket = order.lines.get(kind="tariff").ticket_id
        client.force_login(order.customer)
        pages = {f"{stage.__name__}: pay": guest.get(address_of(order) + query)}
        urls = [f"/my/orders/{order.number}/", "/my/orders/?view=all", "/my/bookings/", f"/my/bookings/{ticket}/"]
        if stage is paid:
            urls += [f"/my/orders/{order.number}/tickets/{ticket}/hand-over/", f"/my/bookings/{ticket}/share/"]
        pages |= {f"{stage.__name__}: {url}": client.get(url) for url in urls}
        found.update({name: foreign(text_of(page.content.decode())) for name, page in pages.items()})
    # The last customer, for any customer: these pages show no order.
    make_pass(service=order.service, customer=order.customer)
    of_pass = make_pass_tariff(service=order.service)
    own = ("/my/passes/", f"/services/{order.service_id}/", f"/services/{order.service_id}/passes/{of_pass.pk}/")
    for url in (*own, "/accounts/password/set/", "/accounts/logout/", "/manage/orders/", "/nowhere/"):
        found[url] = foreign(text_of(client.get(url).content.decode()))
    for url in ("login/", "login/code/", "signup/", "password/reset/", "password/reset/done/", "inactive/"):
        found[url] = foreign(text_of(guest.get(f"/accounts/{url}").content.decode()))
    assert {name: words for name, words in found.items() if words} == {}


def test_no_letter_or_ticket_has_a_latin_word(client: Client, gateway: FakeGateway, settings: Any) -> None:  # noqa: F811
    orders = [unpaid_order() for _stage in STAGES]
    for order, stage in zip(orders, STAGES, strict=True):
        stage(order, gateway)
    late = unpaid_order()
    resend_link(late.number, at=timezone.now() + timedelta(hours=1))
    make_seller(location=late.location)
    company = {"name": "ООО «Вектор»", "inn": "5260123450", "kpp": "526001001", "address": "Нижний Новгород"}
    pay_by = timezone.now().date()
    issue_invoice(late.number, pay_by=pay_by, write=contents_of, by=late.created_by, at=timezone.now(), **company)
    Order.objects.filter(pk=late.pk).update(status=OrderStatus.COMPLETED)
    issue_act(late.number, write=act_contents, by=None, at=timezone.now())
    desk = make_order(tariff=late.tariff, customer=late.customer, payment_method="on_site", email="petrov@example.com")
    change(desk, by=make_manager(location=late.location), when=when("10", "13"))
    warn_of_deadlines(late.deadline_at - timedelta(minutes=30))
    remind_of_bookings(timezone.now() + timedelta(days=1))
    missed = make_order(tariff=make_tariff(), email="petrov@example.com", payment_method="on_site")
    Location.objects.filter(pk=missed.location_id).update(visits_from=WEDNESDAY)
    Service.objects.filter(location=missed.location_id).update(release_minutes=40)
    no_shows.warn_of_release(moment("2026-11-25 10:20"))
    no_shows.release_no_shows(moment("2026-11-25 10:40"))
    somebody = Recipient(last_name="Орлова", first_name="Мария", email="orlova@example.com")
    ticket = Ticket.objects.distinct().get(lines__order=desk)
    shown = state_of(ticket)
    hand_over(desk.pk, ticket.pk, somebody, shown=shown, by=desk.customer, at=timezone.now())
    make_pass(service=missed.service, customer=make_user())
    remind_of_passes(moment("2026-12-16 12:00"))
    found, kinds = {}, set()
    for message in Message.objects.select_related("order__location", "order__customer", "handover"):
        letter = compose(message)
        kinds.add(message.kind)
        found[f"{message.kind} {message.pk}"] = foreign(f"{letter.subject} {letter.body}")
        found[f"{message.kind} {message.pk} as HTML"] = foreign(text_of(str(letter.alternatives[0].content)))
        for name, content, kind in letter.attachments:
            if kind == "text/calendar":
                entry = icalendar.Calendar.from_ical(content).walk("VEVENT")[0]
                found[name] = foreign(f"{entry['summary']} {entry['location']}")
    assert {name: words for name, words in found.items() if words} == {}
    assert set(MessageKind) - kinds == set()

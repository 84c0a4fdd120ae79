"""Letters as HTML."""

import re

import pytest
from tinyhtml5.parser import HTMLParser

from accounts.models import User
from coworking.models import Service
from orders.domain.online.links import url_of
from orders.letters.compose import compose
from orders.models import Message, Order, PaymentLink
from tests.factories import make_order, make_user
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.steps import cancel, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def order(pool: Service, manager: User) -> Order:
    """An order to be paid online, of a customer whose name looks like HTML."""
    customer = make_user(last_name="Чайкин", first_name="<b>Пётр", middle_name="Ильич", email="petr@example.com")
    tariff = pool.tariffs.create(name="Час", unit="hour", price=300)
    return make_order(tariff=tariff, customer=customer, by=manager, payment_method="online", comment="1 < 2 & 3")


def letters() -> list[tuple[str, str, str, str]]:
    """Return the kind, subject, text and HTML of every letter."""
    composed = [(message.kind, compose(message)) for message in Message.objects.order_by("pk")]
    return [(kind, letter.subject, str(letter.body), str(letter.alternatives[0].content)) for kind, letter in composed]


def signs(text: str) -> str:
    """Return a letter without spaces; the button replaces the URL of the link and its colon."""
    return "".join(re.sub(r": https?://\S+/pay/\S+", " ", text).split())


def test_both_forms_say_the_same(order: Order, gateway: FakeGateway, manager: User) -> None:
    told = letters()
    pay(order, gateway)
    told += letters()
    cancel(order, gateway, by=manager)
    told += letters()
    assert {kind for kind, _subject, _body, _html in told} == {"created", "paid", "cancelled"}
    for _kind, subject, body, html in told:
        # The subject is also the title, and the name of the location is above the letter.
        assert signs(text_of(html)) == signs(f"{subject} {order.location.name} {subject} {body}")


def test_every_letter_is_valid_html_in_which_nothing_typed_is_markup(order: Order) -> None:
    [(_kind, _subject, text, html)] = letters()
    parser = HTMLParser()
    parser.parse(html)
    assert parser.errors == []
    assert "<b>Пётр" in text
    assert ("<b>" in html, "&lt;b&gt;Пётр Ильич" in html, "1 &lt; 2 &amp; 3" in html) == (False, True, True)


def test_the_payment_link_is_a_button_and_other_addresses_are_links(order: Order) -> None:
    [(_kind, _subject, text, html)] = letters()
    link = url_of(PaymentLink.objects.get())
    assert f"Оплатить онлайн: {link}\n" in text
    assert f'<a class="button" href="{link}">Оплатить онлайн</a>' in html
    assert html.count(link) == 1
    assert re.search(r'<a href="http[^"]+/my/orders/"[^>]*>http', html)


def test_the_phone_of_the_location_is_there_to_be_called(order: Order) -> None:
    order.location.phone = "+78312530117"
    order.location.save()
    [(_kind, _subject, text, html)] = letters()
    assert text.endswith(", +7\u00a0831\u00a0253-01-17\n")
    assert '<a class="phone" href="tel:+78312530117">+7\u00a0831\u00a0253-01-17</a>' in html

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from olvery.yookassa_sandbox import Sandbox
from tests.yookassa_sandbox.shop import RETURN_URL, Json, Reply, Shop

PAGE = "/checkout/payments/v2/contract"
BANNER = "ТЕСТОВАЯ КАССА — деньги не списываются"


def show(shop: Shop, payment: Json) -> Reply:
    return shop.send("GET", f"{PAGE}?orderId={payment['id']}")


def press(shop: Shop, payment: Json, **form: str) -> Reply:
    body = urlencode(form).encode()
    path = f"{PAGE}?orderId={payment['id']}"
    return shop.send("POST", path, body, Content_Type="application/x-www-form-urlencoded")


def ids(reply: Reply) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', reply.text))


def test_the_address_of_the_page_is_in_the_payment(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    url = payment["confirmation"]["confirmation_url"]
    reply = shop.send("GET", url.removeprefix(sandbox.base_url))
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html;charset=UTF-8"
    assert ids(reply) >= {"pay", "decline", "fail", "pay-close", "leave", "reason", "sum", "status", "method-sbp"}
    for text in (BANNER, "1\u00a0200,00\u00a0₽", "Заказ № 7", "100500", "Ожидает оплаты"):
        assert text in reply.text
    assert "<script" not in reply.text


def test_every_button_says_what_it_does_and_does_what_it_says(shop: Shop) -> None:
    buttons = re.findall(
        r'<button(?: class="main")? id="([^"]+)" name="action" value="([^"]+)">([^<]+)</button>',
        show(shop, shop.create()).text,
    )
    assert buttons == [
        ("pay", "pay", "Оплатить"),
        ("decline", "decline", "Отказ банка"),
        ("fail", "fail", "Неудачная попытка"),
        ("pay-close", "pay_close", "Оплатить и закрыть вкладку"),
        ("leave", "leave", "Вернуться без оплаты"),
    ]


def test_every_method_has_its_name(shop: Shop) -> None:
    radio = r'name="method" value="(\w+)" id="method-(\w+)"( checked)?> ([^<]+)</label>'
    assert re.findall(radio, show(shop, shop.create()).text) == [
        ("bank_card", "bank_card", " checked", "Банковская карта"),
        ("sbp", "sbp", "", "СБП"),
        ("sberbank", "sberbank", "", "SberPay"),
        ("tinkoff_bank", "tinkoff_bank", "", "T-Pay"),
        ("yoo_money", "yoo_money", "", "ЮMoney"),
    ]


def test_a_hold_offers_no_fast_payments(shop: Shop) -> None:
    found = ids(show(shop, shop.create(capture=False)))
    assert "method-bank_card" in found
    assert "method-sbp" not in found


def test_texts_of_the_shop_are_escaped(shop: Shop) -> None:
    evil = "\"><script>alert('x')</script>"
    confirmation = {"type": "redirect", "return_url": 'https://a.test/"><b>'}
    payment = shop.create(description=evil, confirmation=confirmation)
    text = show(shop, payment).text
    assert "&quot;&gt;&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in text
    press(shop, payment, action="pay")
    assert 'href="https://a.test/&quot;&gt;&lt;b&gt;"' in show(shop, payment).text


def test_paying_leads_back_to_the_shop(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    reply = press(shop, payment, action="pay", method="sberbank")
    assert (reply.status, reply.headers["Location"]) == (303, RETURN_URL)
    after = sandbox.payment(payment["id"])
    assert (after["status"], after["payment_method"]["type"]) == ("succeeded", "sberbank")


def test_a_decline_cancels_and_leads_back(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    reply = press(shop, payment, action="decline", reason="3d_secure_failed")
    assert (reply.status, reply.headers["Location"]) == (303, RETURN_URL)
    assert sandbox.payment(payment["id"])["cancellation_details"]["reason"] == "3d_secure_failed"
    page = show(shop, payment)
    assert "3d_secure_failed" in page.text
    assert ids(page) & {"pay", "final"} == {"final"}


def test_a_failed_attempt_may_be_repeated(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    reply = press(shop, payment, action="fail")
    assert reply.status == 303
    page = shop.send("GET", reply.headers["Location"])
    assert ids(page) >= {"failed", "pay"}
    assert sandbox.payments() == [payment]
    assert sandbox.webhooks() == []


def test_paying_and_closing_the_tab_does_not_lead_back(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    reply = press(shop, payment, action="pay_close")
    assert (reply.status, reply.headers["Location"]) == (303, f"{PAGE}?orderId={payment['id']}")
    assert sandbox.payment(payment["id"])["status"] == "succeeded"
    assert "Вкладку можно закрыть" in show(shop, payment).text


def test_leaving_changes_nothing(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    reply = press(shop, payment, action="leave")
    assert (reply.status, reply.headers["Location"]) == (303, RETURN_URL)
    assert sandbox.payments() == [payment]


@pytest.mark.parametrize("action", ["pay", "pay_close", "decline"])
def test_a_second_tab_cannot_change_a_final_payment(shop: Shop, sandbox: Sandbox, action: str) -> None:
    payment = shop.paid()
    page = show(shop, payment)
    assert ids(page) & {"pay", "decline", "leave", "final"} == {"final"}
    reply = press(shop, payment, action=action)
    assert (reply.status, reply.headers["Location"]) == (303, f"{PAGE}?orderId={payment['id']}")
    assert sandbox.payments() == [payment]


def test_a_payment_without_a_way_back_stays_on_its_page(shop: Shop) -> None:
    payment = shop.create(confirmation={"type": "qr"})
    assert press(shop, payment, action="pay").headers["Location"] == f"{PAGE}?orderId={payment['id']}"
    assert "return" not in ids(show(shop, payment))


def test_an_hour_later_the_page_has_no_buttons(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    sandbox.advance(3600)
    assert "expired_on_confirmation" in show(shop, payment).text
    assert press(shop, payment, action="pay").status == 303
    assert sandbox.payment(payment["id"])["status"] == "canceled"


def test_what_is_unknown_is_refused(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create()
    assert press(shop, payment, action="dance").status == 400
    assert press(shop, {"id": "<b>"}, action="pay").status == 404
    assert shop.send("GET", PAGE).status == 404
    assert shop.send("DELETE", f"{PAGE}?orderId={payment['id']}").status == 405
    assert sandbox.payments() == [payment]


def test_the_page_may_have_another_address_for_the_payer(run: Callable[..., Sandbox]) -> None:
    payment = Shop(run(public_url="https://till.test")).create()
    assert payment["confirmation"]["confirmation_url"] == f"https://till.test{PAGE}?orderId={payment['id']}"

"""The payer's page: choose a method, pay or decline, return to the shop."""

from html import escape
from urllib.parse import parse_qsl, urlencode

from olvery.yookassa_sandbox import html, paying, payments
from olvery.yookassa_sandbox.clockwork import follow_the_clock
from olvery.yookassa_sandbox.failures import Failure
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Answer, Request, html_answer, see_other

METHODS = {
    "bank_card": "Банковская карта",
    "sbp": "СБП",
    "sberbank": "SberPay",
    "tinkoff_bank": "T-Pay",
    "yoo_money": "ЮMoney",
}
STATUSES = {
    "pending": "Ожидает оплаты",
    "waiting_for_capture": "Оплачено, деньги удержаны до подтверждения магазином",
    "succeeded": "Оплачено",
    "canceled": "Платёж отменён",
}


def handle(provider: Provider, request: Request) -> Answer:
    """Show the page, or perform the payer's choice."""
    payment_id = request.query.get("orderId", "")
    follow_the_clock(provider)
    with provider.change():
        thing = provider.store.find("payment", payment_id)
    if thing is None:
        return html_answer(html.page("Платёж не найден", "<p>Проверьте ссылку или вернитесь в магазин.</p>"), 404)
    if request.method == "GET":
        return html_answer(_page(provider, thing, failed="attempt" in request.query))
    if request.method == "POST":
        return _choose(provider, thing, dict(parse_qsl(request.body.decode(errors="replace"))))
    return html_answer(html.page("Так нельзя", "<p>Эта страница открывается браузером.</p>"), 405)


def _choose(provider: Provider, thing: Thing, form: dict[str, str]) -> Answer:
    """Perform a button's action and redirect the payer."""
    here = f"{payments.PAGE}?{urlencode({'orderId': thing.id})}"
    back = thing.hidden["return_url"] or here
    action = form.get("action")
    if action == "leave":
        return see_other(back)
    if action == "fail":
        return see_other(f"{here}&attempt=failed")
    try:
        with provider.change():
            fresh = provider.read("payment", thing.id)  # another tab may have been first
            if action in ("pay", "pay_close"):
                paying.pay(provider, fresh, form.get("method"))
            elif action == "decline":
                paying.cancel(provider, fresh, form.get("reason") or "general_decline")
            else:
                return html_answer(html.page("Неизвестное действие", "<p>Нажмите одну из кнопок.</p>"), 400)
    except Failure:
        return see_other(here)
    return see_other(here if action == "pay_close" else back)


def _page(provider: Provider, thing: Thing, *, failed: bool) -> str:
    public = thing.public
    facts = {
        "Магазин": provider.options.shop,
        "Назначение": public.get("description", "—"),
        "Статус": STATUSES[thing.status],
        "Платёж": thing.id,
    }
    if "cancellation_details" in public:
        facts["Причина"] = public["cancellation_details"]["reason"]
    lines = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
    notice = '<p id="failed" class="bad" role="alert">Попытка не удалась. Можно попробовать ещё раз.</p>'
    content = (
        f'<div class="card"><p class="soft">К оплате</p><p class="sum" id="sum">{html.roubles(public["amount"])}</p>'
        f'<dl id="status" data-status="{thing.status}">{lines}</dl>'
        f"{notice if failed and thing.status == 'pending' else ''}"
        f"{_form(thing) if thing.status == 'pending' else _final(thing)}</div>"
    )
    return html.page("Оплата заказа", content)


def _form(thing: Thing) -> str:
    choice = "".join(
        f'<label><input type="radio" name="method" value="{name}" id="method-{name}"{" checked" * (not number)}>'
        f" {METHODS[name]}</label>"
        for number, name in enumerate(thing.hidden["methods"])
    )
    return (
        f'<form method="post" action="{payments.PAGE}?{urlencode({"orderId": thing.id})}">'
        f"<fieldset><legend>Способ оплаты</legend>{choice}</fieldset>"
        '<div class="rows"><button class="main" id="pay" name="action" value="pay">Оплатить</button>'
        '<div class="pair"><select name="reason" id="reason" aria-label="Причина отказа">'
        f"{html.options(paying.REASONS)}</select>"
        '<button id="decline" name="action" value="decline">Отказ банка</button></div>'
        '<button id="fail" name="action" value="fail">Неудачная попытка</button>'
        '<button id="pay-close" name="action" value="pay_close">Оплатить и закрыть вкладку</button>'
        '<button id="leave" name="action" value="leave">Вернуться без оплаты</button></div></form>'
    )


def _final(thing: Thing) -> str:
    kind = "bad" if thing.status == "canceled" else "ok"
    text = f'<p id="final" class="{kind}">{STATUSES[thing.status]}. Вкладку можно закрыть.</p>'
    url = thing.hidden["return_url"]
    # Other schemes, such as those of mobile applications, are for the redirect only.
    if url and url.startswith(("http://", "https://")):
        text += f'<p><a id="return" href="{escape(url)}">Вернуться в магазин</a></p>'
    return text

"""The dashboard of the control API: the state of the till, with a button for every action."""

import json
from html import escape

from olvery.yookassa_sandbox import html, paying, refunds
from olvery.yookassa_sandbox.controls import Controls
from olvery.yookassa_sandbox.wire import Json

SHOWN = 50
ROOT = "/_sandbox"
EXAMPLE = '{"scope": "api", "match": {"method": "POST", "path": "/payments$"}, "action": "http_500_after"}'


def render(controls: Controls, *, now: str, webhook_url: str | None) -> str:
    content = (
        f'<p>Время кассы: <b id="now">{now}</b> · уведомления: <code>{escape(webhook_url or "не настроены")}</code>'
        f' · <a href="{ROOT}/">обновить</a></p>'
        f'<div class="bar">{_clock(60, "+1 мин")}{_clock(3601, "+1 ч")}{_clock(86401, "+1 сутки")}'
        f"{_button('webhooks/flush', 'Отправить уведомления')}{_button('reset', 'Очистить всё')}</div>"
        f"<h2>Платежи</h2>{_payments(controls)}<h2>Возвраты</h2>{_refunds(controls)}"
        f"<h2>Чеки</h2>{_receipts(controls)}<h2>Уведомления</h2>{_webhooks(controls)}"
        f"<h2>Сбои</h2>{_faults(controls)}<h2>Журнал запросов</h2>{_journal(controls)}"
    )
    return html.page("Касса: пульт", content, wide=True)


def _button(path: str, text: str, fields: str = "") -> str:
    return f'<form method="post" action="{ROOT}/{escape(path)}">{fields}<button>{text}</button></form> '


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _clock(seconds: int, text: str) -> str:
    return _button("clock", text, _hidden("advance_s", str(seconds)))


def _newest(things: list[Json]) -> list[Json]:
    return things[: -SHOWN - 1 : -1]


def _payments(controls: Controls) -> str:
    rows = []
    for one in _newest(controls.payments()):
        base = f"payments/{one['id']}"
        buttons = ""
        if one["status"] == "pending":
            choice = f'<select name="reason" aria-label="Причина">{html.options(paying.REASONS)}</select> '
            buttons = _button(f"{base}/pay", "оплатить") + _button(f"{base}/decline", "отказать", choice)
        if one["status"] in ("pending", "waiting_for_capture"):
            buttons += _button(f"{base}/expire", "истечь")
        if one["refundable"]:
            value = '<input type="text" name="value" size="8" placeholder="всё" aria-label="Сумма возврата"> '
            buttons = _button("refunds", "вернуть в кабинете", _hidden("payment_id", one["id"]) + value)
        rows.append((*_facts(one), escape(one.get("description", "")), _notes(one), buttons))
    return html.table(("Создан", "Номер", "Сумма", "Статус", "Назначение", "Metadata", ""), rows, name="payments")


def _refunds(controls: Controls) -> str:
    rows = []
    for one in _newest(controls.refunds()):
        base, buttons = f"refunds/{one['id']}/settle", ""
        if one["status"] == "pending":
            choice = f'<select name="reason" aria-label="Причина">{html.options(refunds.REASONS)}</select> '
            buttons = _button(base, "выполнить", _hidden("status", "succeeded"))
            buttons += _button(base, "отменить", _hidden("status", "canceled") + choice)
        rows.append((*_facts(one), f"<code>{one['payment_id']}</code>", buttons))
    return html.table(("Создан", "Номер", "Сумма", "Статус", "Платёж", ""), rows, name="refunds")


def _receipts(controls: Controls) -> str:
    rows = [
        (f"<code>{one['id']}</code>", one["type"], one["status"], f"<code>{one['payment_id']}</code>")
        for one in _newest(controls.receipts())
    ]
    return html.table(("Номер", "Вид", "Статус", "Платёж"), rows, name="receipts")


def _webhooks(controls: Controls) -> str:
    rows = []
    for one in _newest(controls.webhooks()):
        tries = "<br>".join(f"{a['at']} {a['status'] or escape(a['error'] or '')}" for a in one["attempts"])
        state = escape(" ".join(filter(None, (one["state"], one["note"]))))
        again = _button(f"webhooks/{one['n']}/resend", "отправить ещё раз")
        about = f"<code>{escape(str(one['object_id']))}</code>"
        rows.append((str(one["n"]), escape(one["event"]), about, state, one["next_at"] or "", tries, again))
    return html.table(("№", "Событие", "Объект", "Состояние", "Следующая", "Попытки", ""), rows, name="webhooks")


def _faults(controls: Controls) -> str:
    rows = [(_code(rule), _button(f"faults/{rule['id']}/delete", "снять")) for rule in controls.faults()]
    form = (
        f'<form method="post" action="{ROOT}/faults"><label for="rule">Новое правило (JSON)</label>'
        f'<textarea id="rule" name="rule" rows="3">{escape(EXAMPLE)}</textarea><button>Добавить</button></form>'
    )
    return html.table(("Правило", ""), rows, name="faults") + form


def _journal(controls: Controls) -> str:
    rows = [
        (
            *(one["at"], escape(f"{one['method']} {one['path']}"), escape(one["key"] or "")),
            *("—" if one["status"] is None else str(one["status"]), escape(one["fault"] or ""), _code(one["body"])),
        )
        for one in _newest(controls.journal())
    ]
    return html.table(("Когда", "Запрос", "Ключ", "Ответ", "Сбой", "Тело"), rows, name="requests")


def _facts(one: Json) -> tuple[str, str, str, str]:
    status = f"{one['status']} {one.get('cancellation_details', {}).get('reason', '')}"
    return one["created_at"], f"<code>{one['id']}</code>", html.roubles(one["amount"]), escape(status)


def _notes(one: Json) -> str:
    return _code(one["metadata"]) if one.get("metadata") else ""


def _code(content: object) -> str:
    return f"<code>{escape(json.dumps(content, ensure_ascii=False)[:2000])}</code>" if content else ""

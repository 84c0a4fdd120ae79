"""What the API accepts: each check returns the clean value or raises Failure in the provider's words."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.wire import Json

KOPECK = Decimal("0.01")
LEAST_PAYMENT = Decimal("1.00")
METHODS = ("bank_card", "sbp", "sberbank", "tinkoff_bank", "yoo_money")
CONFIRMATIONS = ("redirect", "embedded", "qr", "external", "mobile_application")
MEASURES = {
    *("piece", "gram", "kilogram", "ton", "centimeter", "decimeter", "meter", "square_centimeter"),
    *("square_decimeter", "square_meter", "milliliter", "liter", "cubic_meter", "kilowatt_hour", "gigacalorie"),
    *("day", "hour", "minute", "second", "kilobyte", "megabyte", "gigabyte", "terabyte", "another"),
}


def as_object(value: object, parameter: str) -> Json:
    """Return a JSON object, an empty one for None."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise illegal(f"{parameter} must be an object", parameter)
    return value


def amount(value: object, parameter: str = "amount", *, least: Decimal = KOPECK) -> Decimal:
    """Return roubles from `{"value": "123.45", "currency": "RUB"}`."""
    given = as_object(value, parameter)
    text = given.get("value")
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,9}\.[0-9]{2}", text) or Decimal(text) < least:
        raise illegal("Payment amount is illegal", f"{parameter}.value")
    if given.get("currency") != "RUB":
        raise illegal("Currency code is illegal", f"{parameter}.currency")
    return Decimal(text)


def money(value: Decimal) -> Json:
    """Write roubles as the API does."""
    return {"value": f"{value:.2f}", "currency": "RUB"}


def description(value: object, longest: int) -> str | None:
    """Return the text that payer and shop see."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise illegal("Description must be a string", "description")
    if len(value) > longest:
        raise illegal(f"Description is too long. Max. length is {longest}", "description")
    return value


def metadata(value: object) -> dict[str, str]:
    """Return the shop's own notes."""
    given = as_object(value, "metadata")
    if len(given) > 16:
        raise illegal("Metadata object is limited to 16 keys", "metadata")
    for name, text in given.items():
        if len(name) > 32:
            raise illegal("The key names length in metadata object is limited to 32 characters", "metadata")
        if not isinstance(text, str):
            raise illegal("The key values in metadata object must be strings", f"metadata.{name}")
        if len(text) > 512:
            raise illegal("The key values length in metadata object is limited to 512 characters", "metadata")
    return given


def return_url(confirmation: Json) -> str | None:
    """Return the URL the payer is sent to afterwards; only a redirect and a mobile application need it."""
    kind = confirmation.get("type")
    if kind not in CONFIRMATIONS:
        raise illegal("Illegal confirmation type", "confirmation.type")
    url = confirmation.get("return_url")
    if not url:
        if kind in ("redirect", "mobile_application"):
            raise illegal("Return url is missing", "confirmation.return_url")
        return None
    # It becomes a header, so it must not contain line breaks.
    if not isinstance(url, str) or len(url) > 2048 or not re.fullmatch(r"[\x21-\x7e]+", url):
        raise illegal("Return url is illegal", "confirmation.return_url")
    return url


def method(data: object, *, capture: bool) -> str | None:
    """Return the payment method the shop requires, None if the payer chooses."""
    kind = as_object(data, "payment_method_data").get("type")
    if data is None:
        return None
    if kind not in METHODS:
        raise illegal("Payment method is not available", "payment_method_data.type")
    if kind == "sbp" and not capture:
        raise illegal("Payment method does not support two-stage payments", "payment_method_data.type")
    return str(kind)


def receipt(value: object, total: Decimal, *, ffd12: bool) -> Json | None:
    """Return receipt data whose lines add up to the total, None if there are none."""
    if value is None:
        return None
    given = as_object(value, "receipt")
    buyer = customer(given.get("customer"), "receipt.customer")
    lines = items(given.get("items"), total, ffd12=ffd12, parameter="receipt.items")
    kept = {name: given[name] for name in ("tax_system_code", "internet") if name in given}
    return {"customer": buyer, "items": lines, **kept}


def customer(value: object, parameter: str) -> Json:
    """Return the recipient of a receipt."""
    given = as_object(value, parameter)
    if not given.get("email") and not given.get("phone"):
        raise illegal("Receipt customer needs an email or a phone", parameter)
    return given


def items(value: object, total: Decimal, *, ffd12: bool, parameter: str) -> list[Json]:
    """Return the lines of a receipt; price times quantity must add up to the total without rounding."""
    if not isinstance(value, list) or not 1 <= len(value) <= 80:
        raise illegal("Receipt must have from 1 to 80 items", parameter)
    lines = [_item(line, f"{parameter}[{number}]", ffd12=ffd12) for number, line in enumerate(value)]
    prices = (Decimal(line["amount"]["value"]) * Decimal(str(line["quantity"])) for line in lines)
    together = sum(prices, Decimal())
    if together != total:
        raise illegal(f"Sum of receipt items {together.normalize():f} is not equal to the amount {total}", parameter)
    return lines


def _item(value: object, parameter: str, *, ffd12: bool) -> Json:
    given = as_object(value, parameter)
    text, vat = given.get("description"), given.get("vat_code")
    if not isinstance(text, str) or not 1 <= len(text) <= 128:
        raise illegal("Receipt item description must have from 1 to 128 characters", f"{parameter}.description")
    if isinstance(vat, bool) or not isinstance(vat, int) or not 1 <= vat <= 12:
        raise illegal("Receipt item VAT code is illegal", f"{parameter}.vat_code")
    measure = given.get("measure")
    if (ffd12 or measure is not None) and measure not in MEASURES:
        raise illegal("Receipt item measure is missing or illegal", f"{parameter}.measure")
    price = amount(given.get("amount"), f"{parameter}.amount", least=Decimal())
    kept = ("payment_subject", "payment_mode", "measure", "mark_mode", "mark_quantity", "mark_code_info")
    return {
        "description": text,
        "quantity": _quantity(given.get("quantity"), f"{parameter}.quantity"),
        "amount": money(price),
        "vat_code": vat,
        **{name: given[name] for name in kept if given.get(name) is not None},
    }


def _quantity(value: Any, parameter: str) -> int | float:
    """Return a count or measure; the SDK sends it as text, others as a number."""
    try:
        number = Decimal(str(value))
        fine = 0 < number <= Decimal("99999.999") and number == number.quantize(Decimal("0.001"))
    except InvalidOperation:
        fine = False
    if isinstance(value, bool) or not fine:
        raise illegal("Receipt item quantity is illegal", parameter)
    return int(number) if number == int(number) else float(number)

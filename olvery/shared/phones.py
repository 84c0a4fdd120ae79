"""Phone numbers as people write them, stored as E.164."""

import re

import phonenumbers


class BadPhone(ValueError):
    """The text is no phone number; `missing` says how many digits a Russian one lacks."""

    def __init__(self, missing: int = 0) -> None:
        super().__init__("not a phone number")
        self.missing = missing


def to_e164(text: str) -> str:
    """Return the number as `+79123456789`; a number without a country is Russian.

    Raises BadPhone.
    """
    digits = re.sub(r"\D", "", text)
    if re.search(r"[^\d\s()+.\-–—\u00a0]", text):
        raise BadPhone
    if len(digits) == 10 and digits.startswith("9"):  # «912 345-67-89»
        text = f"+7{digits}"
    elif len(digits) == 11 and digits[0] in "78":  # «8 (912) …», «7912…»
        text = f"+7{digits[1:]}"
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException as error:
        raise BadPhone from error
    if phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = digits[1:] if digits[:1] in ("7", "8") else digits
    raise BadPhone(missing=max(0, 10 - len(national)) if number.country_code == 7 else 0)


def format_phone(e164: str) -> str:
    """Write a stored number for people: «+7 916 204-48-21»."""
    if re.fullmatch(r"\+7\d{10}", e164):
        return f"+7\u00a0{e164[2:5]}\u00a0{e164[5:8]}-{e164[8:10]}-{e164[10:]}"
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164

"""What we add to django-phonenumber-field: Russian spellings, our messages and non-breaking spaces."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from phonenumber_field.phonenumber import PhoneNumber, to_python

from olvery.shared.search import digits_of

MOBILE = re.compile(r"\+79[0-9]{9}")


def with_country(text: str) -> str:
    """Write «8 916…», «7916…» and «916…» with +7; return any other text unchanged.

    The library takes a misplaced plus literally: «+916 204-48-21» is an Indian number, «8+916…» is invalid.
    """
    digits = digits_of(text)
    return f"+7{digits[-10:]}" if re.fullmatch(r"9\d{9}|[78]\d{10}", digits) else text


def validate_phone(number: PhoneNumber) -> None:
    """Raise ValidationError for an invalid number, with the count of missing digits for a Russian one."""
    digits = digits_of(number.raw_input)
    # The library accepts «тел. 8 912 … доб. 5» and would store it without the extension.
    if digits and number.is_valid():
        return
    missing = 10 - len(re.sub(r"^[78]", "", digits)) if digits and number.country_code == 7 else 0
    if missing > 0:
        raise ValidationError(
            ngettext(
                "%(count)s digit is missing: +7 and 10 more digits.",
                "%(count)s digits are missing: +7 and 10 more digits.",
                missing,
            ),
            code="missing_digits",
            params={"count": missing},
        )
    raise ValidationError(_("There is no such number: write +7 and 10 more digits."), code="no_such_number")


def format_phone(number: PhoneNumber | None) -> str:
    """Write a stored number for people, kept on one line: «+7 916 204-48-21»."""
    if not isinstance(number, PhoneNumber):  # testing it for emptiness makes the library validate it
        return ""
    digits = str(number.national_number)
    # Nearly every number is Russian; the library takes twenty times as long, thirty times on a list.
    if number.country_code == 7 and digits[:1] == "9" and len(digits) == 10 and not number.extension:
        return _mobile(digits)
    return number.as_international.replace(" ", "\u00a0") if number.is_valid() else str(number)


def format_stored_phone(text: str) -> str:
    """Write a number like `format_phone`, from the text of its column, without creating an object first."""
    return _mobile(text[2:]) if MOBILE.fullmatch(text) else format_phone(to_python(text))


def _mobile(digits: str) -> str:
    return f"+7\u00a0{digits[:3]}\u00a0{digits[3:6]}-{digits[6:8]}-{digits[8:]}"


def last_digits(number: PhoneNumber | str | None) -> str:
    """Write only the last four digits, to distinguish namesakes: «…48-21»."""
    if not isinstance(number, PhoneNumber) or number.national_number is None:
        return ""
    digits = f"{number.national_number:04}"[-4:]  # converting it to text would validate it first
    return f"…{digits[:2]}-{digits[2:]}"

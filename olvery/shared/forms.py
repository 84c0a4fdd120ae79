"""Form fields that accept what people type in a hurry."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import to_python

from olvery.shared.clocks import clock_text, end_text, read_clock
from olvery.shared.days import read_day
from olvery.shared.phones import validate_phone, with_country


class PhoneField(PhoneNumberField):
    """A phone in any usual Russian spelling; cleans to a PhoneNumber."""

    default_validators = [validate_phone]

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "off", "placeholder": "+7 …"}
        kwargs["max_length"] = 40  # of what is typed: a model would give the length of what it stores
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)
        # Those of text would have the number written out, which the library checks anew each time.
        self.validators = [*self.default_validators]

    def to_python(self, value: Any) -> Any:
        """Read a number without a country as a Russian one."""
        return super().to_python(with_country(str(value or "")))

    def prepare_value(self, value: Any) -> Any:
        """Format a number as people write it; leave other typed text unchanged."""
        number = to_python(value) if str(value).startswith("+") else None
        return number.as_international if number and number.is_valid() else value


class LetterField(forms.EmailField):
    """An e-mail that can receive letters: «name@localhost» is valid only for Django."""

    default_validators = [EmailValidator(allowlist=[])]


class ClockField(forms.CharField):
    """A time of day as typed in a hurry: «14», «9:30», «1430»; cleans to a time.

    With `is_end` it is an end, and «24» and «0» mean the end of the day.
    """

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        self.is_end = is_end
        attrs = {"inputmode": "numeric", "autocomplete": "off", "placeholder": _("14:00")}
        super().__init__(max_length=8, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return a time or None."""
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        clock = read_clock(text, is_end=self.is_end)
        if clock is None:
            raise ValidationError(_("Write a time such as 14:00."))
        return clock

    def prepare_value(self, value: Any) -> Any:
        """Write a time; leave typed text as it is."""
        if not isinstance(value, time):
            return value
        return end_text(value) if self.is_end else clock_text(value)

    def validate(self, value: Any) -> None:
        """Check only that a required value is present: the text has already become a time."""
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """A time has no length to check."""


class DayInput(forms.DateInput):
    """A native date field, which a script turns into one for typing; `data-typed` is what was typed there."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: Any) -> Any:
        """Give the native field a valid day, and the script the typed text."""
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-typed"] = context["widget"]["value"] or ""
        return context

    def format_value(self, value: Any) -> str:
        """Write a day as browsers expect it; leave other typed text unchanged."""
        return value.isoformat() if isinstance(value, date) else str(value or "")


class DayField(forms.Field):
    """A day as typed in a hurry: «завтра», «пт», «28.11»; cleans to a date. With `is_past` «28» is the last 28th.

    Its form sets `today`, the day at the location, and may set `shown_on`, the day on which the page showed the
    interpretation: a text that means another day since midnight is refused.
    """

    widget = DayInput
    today: date
    shown_on: date | None = None

    def __init__(self, *, is_past: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_past = is_past
        self.widget.attrs.update({"class": "input", "autocomplete": "off", "data-day": "past" if is_past else ""})

    def _read(self, value: Any, today: date | None = None) -> date | None:
        return read_day(str(value)[:40], today=today or self.today, is_past=self.is_past)

    def to_python(self, value: Any) -> date | None:
        """Return a date or None. Raises ValidationError."""
        if isinstance(value, date) or not str(value or "").strip():
            return value if isinstance(value, date) else None
        day = self._read(value)
        if day is None:
            raise ValidationError(_("Write a day such as «28.11», «tomorrow» or «Fr»."))
        if self.shown_on and self._read(value, self.shown_on) != day:
            meant = {"day": f"{day:%d.%m.%Y}"}
            raise ValidationError(_("A new day has begun, by now this is %(day)s. Look at it and save again.") % meant)
        return day

    def prepare_value(self, value: Any) -> Any:
        """Show the parsed day; leave other typed text unchanged."""
        return self._read(value) or value if isinstance(value, str) else value


def focus_first_error(form: forms.BaseForm) -> None:
    """Let the page begin at the first field with an error, which would be searched for on a phone."""
    for field in form:
        if field.errors and not field.is_hidden:
            field.field.widget.attrs["autofocus"] = True
            return


def set_today(form: forms.BaseForm, today: date, *, shown_on: date | None = None) -> None:
    """Set the present local day on the day fields of a form, and the day when the page was shown."""
    for field in form.fields.values():
        if isinstance(field, DayField):
            field.today, field.shown_on = today, shown_on


class DatedForm(forms.BaseForm):
    """A form that reads typed days relative to `today`, the day at the location."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        set_today(self, today)


class AmountOrPercentField(forms.CharField):
    """A discount: «500» or «10%»; cleans to (amount, is_percent) or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the number and whether it is a percentage."""
        text = super().clean(value).replace("\u00a0", "").replace(" ", "").replace(",", ".").rstrip("₽р")
        if not text:
            return None
        is_percent = text.endswith("%")
        try:
            amount = Decimal(text.rstrip("%"))
        except InvalidOperation as error:
            raise ValidationError(_("Write roubles or per cent: 500 or 10%.")) from error
        if not amount.is_finite() or amount < 0 or amount >= Decimal("1e9"):
            raise ValidationError(_("Write roubles or per cent: 500 or 10%."))
        if is_percent and amount > 100:
            raise ValidationError(_("No more than 100 per cent."))
        return amount, is_percent


class RoublesField(forms.CharField):
    """A sum as people write it: «1150», «1 150,50», «1150 ₽»; cleans to a Decimal, or None if it is optional."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "input"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return roubles with two places; negative sums and fractions of a kopeck are refused."""
        text = re.sub(r"\s|₽", "", super().clean(value))
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,9})(?:[.,](\d{1,2}))?", text, re.ASCII)
        if not match:
            raise ValidationError(_("Write a sum in roubles, such as 1150 or 1150,50."))
        return Decimal(f"{match[1]}.{(match[2] or '').ljust(2, '0')}")

    def prepare_value(self, value: Any) -> Any:
        """Format a sum the Russian way; leave typed text unchanged."""
        if not isinstance(value, Decimal):
            return value
        return f"{value:.2f}".removesuffix(".00").replace(".", ",")


class NameField(forms.CharField):
    """A part of a person's name: Cyrillic or Latin letters, hyphen, apostrophe, space, full stop."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the name with single spaces."""
        text = " ".join(unicodedata.normalize("NFC", super().clean(value)).split())
        if not re.fullmatch(r"[A-Za-zÀ-ɏА-Яа-яЁёІіЇїЄєҐґӀ-ӿ'’`.\- ]*", text):
            raise ValidationError(_("A name is written in Russian or Latin letters."))
        if text and not any(character.isalpha() for character in text):
            raise ValidationError(_("A name is written in Russian or Latin letters."))
        if re.search(r"[^\W\d_]{2}\.[^\W\d_]", text):  # an address of a site, which letters to others would link to
            raise ValidationError(_("Write a space after the full stop."))
        return text


class IdField(forms.CharField):
    """The database key of a choice; None if it is optional. Anything that is not a key counts as no choice."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        chosen = as_id(text)
        if text and chosen is None:
            raise ValidationError(self.error_messages["required"])
        return chosen


class IdsField(forms.Field):
    """Database keys from check boxes or a radio; an empty value means "any" and is skipped."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[int, ...]:
        """Return the keys in the order they were sent."""
        texts = [text for text in value or [] if text]
        ids = [as_id(text) for text in texts]
        if None in ids or len(ids) > 100:
            raise ValidationError(_("There is no such choice."))
        return tuple(pk for pk in ids if pk)


def as_id(text: Any) -> int | None:
    """Parse a positive database key sent by a form, or return None."""
    text = str(text or "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def as_ids(texts: Iterable[Any]) -> tuple[int, ...]:
    """Parse the database keys among repeated values of a form field."""
    return tuple(pk for pk in map(as_id, texts) if pk)

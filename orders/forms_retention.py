"""The form by which data of people are left until a day."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from olvery.shared.forms import DayField, set_today
from orders.forms_money import LONGEST_REASON, TEXT, MoneyForm


class KeepForm(MoneyForm):
    """Until when, and why; `today` is the day at the location."""

    focus = "until"

    until = DayField(label=_("Keep until"), error_messages={"required": _("Give the day until which they stay.")})
    reason = forms.CharField(
        label=_("Why they are needed"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs=TEXT),
        error_messages={"required": _("Say why the data are needed.")},
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        set_today(self, today)

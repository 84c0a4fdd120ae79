"""The form by which data of people are left until a day."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from olvery.shared.forms import DayField, set_today
from orders.forms_fields import reason_field
from orders.forms_money import MoneyForm


class KeepForm(MoneyForm):
    """Until when, and why; `today` is the day at the location."""

    focus = "until"

    until = DayField(label=_("Keep until"), error_messages={"required": _("Give the day until which they stay.")})
    reason = reason_field(_("Say why the data are needed."), label=_("Why they are needed"))

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        set_today(self, today)

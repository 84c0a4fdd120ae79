"""The forms for keeping people's data until a day, and for recording requests for erasure."""

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


class NotedErasureForm(MoneyForm):
    """How a request was received that was not made in the profile."""

    focus = "reason"

    reason = reason_field(
        _("Say how the request came: it is proof that there was one."),
        _("A letter, a visit, a call; its date, and how you know that it is this person"),
        label=_("How the request came"),
    )

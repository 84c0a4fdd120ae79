"""Forms of merging: which name and contacts stay, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from orders.domain.desk import merging_companies
from orders.domain.desk.merging_companies import CompanyMergeWish
from orders.domain.desk.merging_people import TAKEN, MergeWish, seen_as
from orders.forms_fields import reason_field
from orders.forms_money import MoneyForm

KEPT, GONE = "kept", "gone"
SIDES = [(KEPT, _("of the record that stays")), (GONE, _("of the record that goes"))]


class ReasonForm(MoneyForm):
    """Why two records are merged."""

    focus = "reason"

    reason = reason_field(_("Say why: it stays in the history."), label=_("Why these are the same"))
    # The state that was shown; the domain checks whether it still holds.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class MergePeopleForm(ReasonForm):
    """Which name and contacts to keep from which of two people."""

    name = forms.ChoiceField(choices=SIDES, error_messages={"required": _("Choose the name that stays.")})
    phone = forms.ChoiceField(choices=SIDES, error_messages={"required": _("Choose the phone that stays.")})
    email = forms.ChoiceField(choices=SIDES, error_messages={"required": _("Choose the e-mail that stays.")})
    is_one_person = forms.BooleanField(required=False, label=_("The person has confirmed that both records are theirs"))

    def __init__(self, data: Any = None, *, kept: User, gone: User) -> None:
        missing = [name for name in ("phone", "email") if not getattr(kept, name) and getattr(gone, name)]
        sides = {name: GONE if name in missing else KEPT for name in TAKEN}
        super().__init__(data, initial={**sides, "seen": seen_as(kept, gone)})
        self.kept, self.gone = kept, gone

    @property
    def taken(self) -> set[str]:
        """What to take from the record that is merged."""
        return {name for name in TAKEN if self[name].value() == GONE}

    @property
    def wish(self) -> MergeWish:
        """The wish of a valid form."""
        values = self.cleaned_data
        return MergeWish(
            kept_id=self.kept.pk,
            gone_id=self.gone.pk,
            taken=self.taken,
            reason=values["reason"],
            seen=values["seen"],
            is_one_person=values["is_one_person"],
        )


class MergeCompaniesForm(ReasonForm):
    """Why two companies are the same."""

    def __init__(self, data: Any = None, *, kept: Company, gone: Company) -> None:
        super().__init__(data, initial={"seen": merging_companies.seen_as(kept, gone)})
        self.kept, self.gone = kept, gone

    @property
    def wish(self) -> CompanyMergeWish:
        """The wish of a valid form."""
        values = self.cleaned_data
        return CompanyMergeWish(
            kept_id=self.kept.pk, gone_id=self.gone.pk, reason=values["reason"], seen=values["seen"]
        )

"""A scan that a device made without network."""

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.domain.desk.offline_scans import LONGEST_WAIT, Scan

IN, OUT = "in", "out"
LATE = _("Scanned more than two days ago: write the visit down by hand.")
FUTURE = _("A scan cannot have been made in the future.")


class OfflineScanForm(forms.Form):
    """One scan. The device measures its age, because its clock may be wrong, or corrected in between."""

    location = forms.IntegerField()
    token = forms.UUIDField()
    q = forms.CharField(max_length=200)
    do = forms.ChoiceField(choices=[(IN, IN), (OUT, OUT)])
    chosen = forms.BooleanField(required=False)
    seconds_ago = forms.IntegerField(
        min_value=0,
        max_value=int(LONGEST_WAIT.total_seconds()),
        error_messages={"min_value": FUTURE, "max_value": LATE},
    )

    def to_scan(self, *, at: datetime) -> Scan:
        """Return the scan that was sent at this moment."""
        sent = self.cleaned_data
        return Scan(
            token=sent["token"],
            text=sent["q"],
            at=at - timedelta(seconds=sent["seconds_ago"]),
            is_leaving=sent["do"] == OUT,
            is_chosen=sent["chosen"],
        )

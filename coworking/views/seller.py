"""«Коворкинг › Реквизиты»: the company that sells at the location, and its taxes from a day on."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, any_staff
from coworking.domain import seller_setup
from coworking.domain.service_list import events_of_location
from coworking.domain.settings_history import Change, last_events
from coworking.forms_seller import SellerForm, TaxSet
from coworking.models import Section, SellerTax
from coworking.views.service_page import Part
from coworking.views.service_settings import administrators_only, steps_left
from coworking.wording_settings import event_text
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal

SECTIONS = {"seller": Section.SELLER, "taxes": Section.TAXES}


class SellerPage:
    """The two sections of the page; `sent` names the one that was sent with `data`."""

    def __init__(self, request: StaffRequest, at: datetime, sent: str = "") -> None:
        self.location, self.at, self.sent, self.by = request.location, at, sent, request.user
        self.data: Any = request.POST if sent else None
        self.seller = seller_setup.seller_of(self.location)
        self.first_day = seller_setup.first_free_day(self.location, at=at)
        self.refusal: Refusal | None = None
        self.form = SellerForm(self.data if sent == "seller" else None, instance=self.seller, auto_id="seller-%s")
        taxes = SellerTax.objects.filter(seller__location=self.location).order_by("starts_on")
        self.begun = list(taxes.filter(starts_on__lt=self.first_day))
        self.taxes = TaxSet(
            self.data if sent == "taxes" else None,
            queryset=taxes.filter(starts_on__gte=self.first_day),
            prefix="taxes",
            form_kwargs={"today": at.astimezone(self.location.zone).date()},
        )

    def save(self) -> bool:
        """Save what was sent and return whether that went well."""
        form: Any = self.form if self.sent == "seller" else self.taxes
        if not form.is_valid():
            return False
        change = Change(section=SECTIONS[self.sent], seen=as_id(self.data.get("seen")) or 0, by=self.by, at=self.at)
        try:
            if self.sent == "seller":
                seller_setup.save_seller(self.location.pk, change, self.form.to_values())
            else:
                seller_setup.save_taxes(self.location.pk, change, self.taxes.to_rows())
        except Refusal as refusal:
            self.refusal = refusal
        return self.refusal is None

    @cached_property
    def parts(self) -> dict[str, Part]:
        """The sections with their forms and their last changes. One query."""
        forms = {"seller": self.form, "taxes": self.taxes}
        last = last_events(self.location, None, SECTIONS.values())
        return {
            name: Part(
                section,
                forms[name],
                last.get(section),
                self.refusal if name == self.sent else None,
            )
            for name, section in SECTIONS.items()
        }

    @property
    def history(self) -> list[tuple[Any, str]]:
        """The last changes, in words."""
        return [(event, event_text(event)) for event in events_of_location(self.location, SECTIONS.values())]


@require_safe
@any_staff
def seller(request: StaffRequest) -> HttpResponse:
    """Show who sells at the location."""
    return _show(request, SellerPage(request, timezone.now()))


@require_POST
@administrators_only
def save_seller(request: StaffRequest, section: str) -> HttpResponse:
    """Save the requisites or the taxes: they say where money goes, so a fresh confirmation comes first."""
    if section not in SECTIONS:
        raise Http404
    page = SellerPage(request, timezone.now(), section)
    if asks_again(request):
        return _show(request, page)
    confirm(request)
    if not page.save():
        return _show(request, page)
    messages.success(request, _("Saved. New documents and receipts say so from now on."))
    return redirect("coworking:seller")


def _show(request: StaffRequest, page: SellerPage) -> HttpResponse:
    context = {
        "page": page,
        "steps": steps_left(request),
        "can_edit": request.access.is_administrator,
        "zone": request.location.zone,
    }
    return render(request, "coworking/seller.html", context, status=shown_status(request))

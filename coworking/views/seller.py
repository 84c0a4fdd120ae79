"""«Коворкинг › Реквизиты»: the company that sells at the location, and its taxes from a day on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import seller_setup
from coworking.domain.settings_history import Change
from coworking.forms_seller import SellerForm, TaxSet
from coworking.models import Section, SellerTax
from coworking.views.sections import LocationSections, show
from coworking.views.service_settings import steps_left
from olvery.shared.errors import asks_again

SECTIONS = {"seller": Section.SELLER, "taxes": Section.TAXES}


class SellerPage(LocationSections):
    """The two sections of the page."""

    sections = SECTIONS

    def make_forms(self) -> dict[str, Any]:
        """Return the requisites, and the taxes that have not begun; `begun` has the others."""
        self.seller = seller_setup.seller_of(self.location)
        self.first_day = seller_setup.first_free_day(self.location, at=self.at)
        taxes = SellerTax.objects.filter(seller__location=self.location).order_by("starts_on")
        self.begun = list(taxes.filter(starts_on__lt=self.first_day))
        return {
            "seller": SellerForm(self.sent_to("seller"), instance=self.seller, auto_id="seller-%s"),
            "taxes": TaxSet(
                self.sent_to("taxes"),
                queryset=taxes.filter(starts_on__gte=self.first_day),
                prefix="taxes",
                form_kwargs={"today": self.today},
            ),
        }

    def store(self, change: Change) -> None:
        """Save the requisites or the taxes. Raises Refusal."""
        form = self.forms[self.sent]
        if self.sent == "seller":
            seller_setup.save_seller(self.location.pk, change, form.to_values())
        else:
            seller_setup.save_taxes(self.location.pk, change, form.to_rows())


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
    return show(request, "coworking/seller.html", page=page, steps=steps_left(request))

"""«Коворкинг › Реквизиты»: the company that sells at the location, and its taxes from a day on."""

from typing import Any

from django.utils.translation import gettext_lazy

from coworking.domain import seller_setup
from coworking.domain.settings_history import Change
from coworking.forms_seller import SellerForm, TaxSet
from coworking.models import Section, SellerTax
from coworking.views.sections import SectionsPage, views_of


class SellerPage(SectionsPage):
    """The two sections of the page."""

    template = "coworking/seller.html"
    address = "coworking:seller"
    sections = {"seller": Section.SELLER, "taxes": Section.TAXES}
    saved = gettext_lazy("Saved. New documents and receipts say so from now on.")

    def make_forms(self) -> dict[str, Any]:
        """Return the forms of the requisites and of future taxes; `begun` has the other taxes."""
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


seller, save_seller = views_of(SellerPage)

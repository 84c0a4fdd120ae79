"""A customer cancels their order."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest
from coworking.domain.cancelling import policies_of
from olvery.shared.errors import carries_on, is_carried_on
from olvery.shared.refusals import refusals_to
from orders.domain.booking.passes import GivenBack, given_back_by_cancelling
from orders.domain.desk.cancelling import can_cancel_own, cancel_own_order, terms_of
from orders.domain.queries.cards import tickets_in
from orders.forms_fields import LineField
from orders.forms_refusals import RefusableForm
from orders.gateways import connected_gateway
from orders.views.my.my_orders import own_order


class OwnCancelForm(RefusableForm):
    """An optional reason, and what was shown: the sum, and the units that come back to a pass."""

    reason = LineField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("If you want to tell us"),
    )
    shown = forms.DecimalField(max_digits=12, decimal_places=2, widget=forms.HiddenInput)
    shown_returned = forms.IntegerField(required=False, widget=forms.HiddenInput)
    shown_kept = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def shown_back(self) -> GivenBack | None:
        """What the page has shown about the pass, None if nothing. The form is valid."""
        returned, kept = self.cleaned_data["shown_returned"], self.cleaned_data["shown_kept"]
        return None if returned is None or kept is None else GivenBack(returned, kept)


def _no_reason() -> str:
    """Return the default reason, for the letter and the history: in Russian, whatever language the customer reads."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Cancelled by the customer")


@carries_on
@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, number: int) -> HttpResponse:
    """Show what goes back, then cancel the order."""
    order, now = own_order(request, number), timezone.now()
    if not can_cancel_own(order, at=now) and request.method == "GET":
        return redirect("orders:my-order", number)
    sent = request.POST if request.method == "POST" else None
    form = OwnCancelForm(sent, auto_id="%s")
    if form.is_valid() and not is_carried_on(request):
        values = form.cleaned_data
        reason = values["reason"].strip() or _no_reason()
        with refusals_to(form.take):
            cancel_own_order(
                number,
                by=request.user,
                reason=reason,
                shown=values["shown"],
                shown_back=form.shown_back,
                at=now,
                gateway=connected_gateway(),
            )
            messages.success(request, _("The order is cancelled."))
            return redirect("orders:my-order", number)
    context = {
        "order": order,
        "form": form,
        "terms": terms_of(order, at=now),
        "given_back": given_back_by_cancelling(order, at=now),
        "policies": policies_of((ticket.service for ticket in tickets_in(order)), sold_at=order.created_at),
        "zone": order.location.zone,
    }
    return render(request, "orders/my/cancel.html", context, status=422 if form.errors else 200)

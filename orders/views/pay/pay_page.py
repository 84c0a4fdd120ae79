"""The payment link: a page without sign-in that lives as long as its order can be paid."""

import logging
from datetime import timedelta
from typing import cast

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.documents import DocumentChanged
from olvery.shared.forms import LetterField, as_ids
from olvery.shared.htmx import go_to
from olvery.shared.reading import consistent_snapshot
from olvery.shared.refusals import Busy
from olvery.shared.written import Written
from orders import gateways
from orders.documents.ticket import calendar_file
from orders.domain.online import sending
from orders.domain.online.links import note_opening
from orders.domain.online.payments import (
    NothingToPay,
    TooManyAttempts,
    look_for_customer,
    receipt_email,
    start_payment,
)
from orders.domain.queries.cards import order_card, tickets_in
from orders.domain.queries.pay_stage import Stage, paying_of
from orders.models import Order, OrderStatus, PaymentAttempt, PaymentLink
from orders.views.files import CALENDAR, attachment
from orders.views.pay.pay_screen import asking, page_url, pay_screen
from orders.wording_refusals import refusal_text

log = logging.getLogger(__name__)

LOOK_PATIENCE = timedelta(seconds=4)
EMAIL = LetterField(max_length=254)


class SeeOther(HttpResponseRedirect):
    """Redirect after a POST to a GET, in every browser."""

    status_code = 303


@login_not_required
@never_cache
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what there is to pay, or what became of it."""
    link, came_back = _link(token), "back" in request.GET
    # A colleague who looks at the page is not a customer who opened the link.
    is_customer = request.user.is_anonymous or request.user.pk == link.order.customer_id
    # Nor are mail servers and messengers, which look into links; browsers say that somebody goes there.
    is_visit = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if is_visit and is_customer and not came_back:
        note_opening(link, at=timezone.now())
    with consistent_snapshot():
        return _show(request, _link(token), came_back=came_back)


# Anyone who knows the URL may pay, so a CSRF cookie protects nothing; and without one the page still
# works if it was opened yesterday, or within a messenger.
@csrf_exempt
@login_not_required
@never_cache
@require_POST
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Start a payment, or continue the running one, and send the customer to the provider's page."""
    link, email = _link(token), request.POST.get("email", "")
    if not settings.YOOKASSA_SHOP_ID:
        return SeeOther(page_url(link))
    try:
        email = EMAIL.clean(email) if email.strip() or not _knows_email(link) else ""
        attempt = start_payment(
            link.order_id, gateways.gateway(), email=email, at=timezone.now(), terms=_terms(request, link)
        )
    except ValidationError:
        wrong = _("Write an address like name@example.ru: the fiscal receipt goes there.")
        return _show(request, link, email=email, wrong_email=wrong)
    except NothingToPay:
        return SeeOther(page_url(link))
    except (Busy, DocumentChanged, TooManyAttempts) as refusal:
        return _show(request, link, email=email, refusal=refusal_text(refusal))
    return SeeOther(_provider_page(_send(attempt)) or page_url(link))


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest, token: str) -> HttpResponse:
    """Receive the customer back from the provider: ask once what happened, then show it."""
    link = _link(token)
    _look(link)
    return redirect(page_url(link, came_back=True))


@login_not_required
@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> HttpResponse:
    """Tell a waiting page to keep waiting, or where to go: to the provider's page, or to its own new state."""
    link, came_back = _link(token), "back" in request.GET
    if came_back:
        _look(link)
        link = _link(token)  # the news may have changed the order
    paying = paying_of(link.order, came_back=came_back, at=timezone.now())
    leads_to = _provider_page(paying.attempt) if paying.stage == Stage.PAYABLE and not came_back else ""
    if leads_to:
        return go_to(request, leads_to)
    asked = request.GET.get("asked", "")
    wait = asking(link, paying, came_back=came_back, asked=int(asked) if asked.isdecimal() and len(asked) < 5 else 0)
    if not request.headers.get("HX-Request") or wait is None or paying.stage != request.GET.get("stage"):
        return go_to(request, page_url(link, came_back=came_back))
    return render(request, "pay/page.html#state", {"asking": wait})


@login_not_required
@never_cache
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Return the tickets of a confirmed order as a calendar file."""
    order = order_card(Order.objects.all(), _link(token).order_id)
    if order.status not in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED):
        raise Http404
    file = calendar_file(order, tickets_in(order), at=timezone.now())
    return attachment(file, name=f"order-{order.number}.ics", content_type=CALENDAR)


def _knows_email(link: PaymentLink) -> bool:
    """Return whether a receipt can be sent without asking for an address."""
    return bool(receipt_email(link.order, link.order.attempts.order_by("-number").first()))


def _terms(request: HttpRequest, link: PaymentLink) -> tuple[int, ...] | None:
    """Return the editions shown above the button; None if the customer accepted them when booking."""
    return None if link.order.is_by_customer else as_ids(request.POST.getlist("terms"))


def _look(link: PaymentLink) -> None:
    if settings.YOOKASSA_SHOP_ID:
        look_for_customer(link, gateways.gateway(), at=timezone.now(), patience=LOOK_PATIENCE)


def _send(attempt: PaymentAttempt) -> PaymentAttempt:
    """Send the request of an attempt while the customer waits; if that fails, a job takes over."""
    now = timezone.now()
    try:
        sending.send_request(
            attempt.provider_request.pk, gateways.gateway(), at=now, patience=sending.PATIENCE_OF_A_PERSON
        )
    except Busy as busy:
        log.info("payment %s is created by a job: %s", attempt.pk, busy)
    return PaymentAttempt.objects.get(pk=attempt.pk)


def _provider_page(attempt: PaymentAttempt | None) -> str:
    """Return the provider's page of an attempt that waits for the customer there, or an empty string."""
    if attempt is None or attempt.status != PaymentAttempt.Status.PENDING or attempt.mismatch or attempt.abandoned_at:
        return ""
    return attempt.confirmation_url


def _show(
    request: HttpRequest,
    link: PaymentLink,
    *,
    came_back: bool = False,
    email: str = "",
    wrong_email: str = "",
    refusal: str = "",
) -> HttpResponse:
    now = timezone.now()
    paying = paying_of(link.order, came_back=came_back, at=now)
    context = pay_screen(link, paying, came_back=came_back, at=now)
    context.update(email=email, knows_email=_knows_email(link), wrong_email=wrong_email, refusal=refusal)
    status = 422 if wrong_email or refusal else 200

    @csp_update({"form-action": provider_pages()})
    def answer(request: HttpRequest) -> HttpResponse:
        return render(request, "pay/page.html", context, status=status)

    response = cast(HttpResponse, answer(request))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def provider_pages() -> list[str]:
    """Return the form targets for the CSP: browsers check the whole chain, including redirects.

    A host with a port is the sandbox, over plain HTTP; any other is the provider's, with its subdomains.
    """
    hosts = [host for host in settings.YOOKASSA_CHECKOUT_HOSTS if host]
    sources = ([f"http://{host}"] if ":" in host else [f"https://{host}", f"https://*.{host}"] for host in hosts)
    return [source for of_host in sources for source in of_host]


_LINK = Written(lambda link: PaymentLink.objects.filter(token=link).select_related("order__location"), link="of none")


def _link(token: str) -> PaymentLink:
    for link in _LINK(link=token):
        return link
    raise Http404

"""Letters about the waiting list, which have no order yet."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation

from coworking.domain.waiting import turn_of
from olvery.shared.jobs import later
from orders.documents.lines import LANGUAGE
from orders.domain.booking.waiting import SEND, kept_for
from orders.letters.mail import mail_of, worded
from orders.letters.once import send_once
from orders.models import WaitingLetter, WaitingLetterKind


def send_waiting_letter(letter_id: int, *, at: datetime) -> bool:
    """Send a letter about a wish on the waiting list once; return whether this call sent it.

    That somebody stands in line is not said once they do not any more.
    """
    letters = WaitingLetter.objects.select_related("wish__service__location", "wish__customer", "wish__tariff")
    letter = letters.filter(pk=letter_id, sent_at=None).first()
    if letter is None or (letter.kind == WaitingLetterKind.JOINED and not letter.wish.is_waiting):
        return False
    return send_once(letter, compose_waiting(letter), again=partial(later, SEND, letter_id=letter.pk), at=at)


def compose_waiting(letter: WaitingLetter) -> EmailMultiAlternatives:
    """Build the letter in Russian, as text and as HTML, with a working reply address."""
    wish, location = letter.wish, letter.wish.service.location
    context = {
        "wish": wish,
        "customer": wish.customer,
        "turn": turn_of(wish),
        "kept_for": kept_for(wish.service),
        "location": location,
        "zone": location.zone,
        "list_url": settings.SITE_URL + reverse("orders:my-waiting"),
        "service_url": settings.SITE_URL + reverse("orders:service", args=[wish.service_id]),
    }
    with translation.override(LANGUAGE):
        text = worded(f"waiting_{letter.kind}", context)
        return mail_of(text, number=f"waiting-{letter.pk}", to=letter.to, location=location)

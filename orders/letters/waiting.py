"""Letters about the waiting list, which have no order yet."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from coworking.domain.waiting import turn_of
from olvery.shared.addresses import site_host
from olvery.shared.jobs import later
from orders.documents.lines import LANGUAGE
from orders.domain.booking.waiting import SEND, kept_for
from orders.letters.html import as_html
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
    write_down = partial(WaitingLetter.objects.filter(pk=letter.pk, sent_at=None).update, sent_at=at)
    again = partial(later, SEND, letter_id=letter.pk)
    return send_once(letter, compose_waiting(letter), write_down=write_down, again=again, at=at)


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
        text = render_to_string(f"mail/waiting_{letter.kind}.txt", context).strip()
        subject, body = (part.strip() for part in text.split("\n", maxsplit=1))
        html = as_html(subject, body, location=location, link_url="")
    mail = EmailMultiAlternatives(
        subject=subject,
        body=body + "\n",
        to=[letter.to],
        reply_to=[location.reply_email],
        headers={
            "Message-ID": f"<waiting-{letter.pk}@{site_host()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail

"""A letter as it is sent: its text, the same as HTML, and the reply address."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.defaultfilters import urlize
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coworking.models import Location
from olvery.shared.addresses import site_host
from olvery.shared.phones import format_phone

BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a letter."""

    subject: str
    body: str


def worded(template: str, context: dict[str, Any]) -> Text:
    """Render the text of a template, whose first line is the subject."""
    subject, body = render_to_string(f"mail/{template}.txt", context).strip().split("\n", maxsplit=1)
    return Text(subject.strip(), body.strip())


def mail_of(
    text: Text,
    *,
    number: str,
    to: str,
    location: Location,
    link_url: str = "",
    bcc: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    """Return the mail of a letter in the active language; `number` is unique on this site."""
    mail = EmailMultiAlternatives(
        subject=text.subject,
        body=text.body + "\n",
        to=[to],
        bcc=bcc,
        reply_to=[location.reply_email],
        headers={"Message-ID": f"<{number}@{site_host()}>", "Auto-Submitted": "auto-generated", **(headers or {})},
    )
    mail.attach_alternative(as_html(text.subject, text.body, location=location, link_url=link_url), "text/html")
    return mail


def as_html(subject: str, body: str, *, location: Location, link_url: str) -> str:
    """Return the letter as a page: a paragraph for each block of lines, the payment link as a button."""
    blocks = [
        [_line(line.strip(), location) for line in block.splitlines()] for block in BLANK_LINES.split(body.strip())
    ]
    context = {"subject": subject, "blocks": blocks, "location": location, "link_url": link_url}
    return render_to_string("mail/letter.html", context)


def _line(line: str, location: Location) -> SafeString:
    """Return a line with its URLs as links, and the location's phone as an unbroken `tel:` link."""
    phone = format_phone(location.phone)
    call = format_html('<a class="phone" href="tel:{}">{}</a>', location.phone, phone)
    parts = line.split(phone) if phone else [line]
    return format_html_join(call, "{}", ((urlize(part),) for part in parts))

"""A letter as it is sent: its text, the same as HTML, and the reply address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from coworking.models import Location
from olvery.shared.addresses import site_host
from orders.letters.html import as_html


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

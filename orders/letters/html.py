"""A letter as HTML, made from its text so that both say the same."""

import re

from django.template.defaultfilters import urlize
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coworking.models import Location
from olvery.shared.phones import format_phone

BLANK_LINES = re.compile(r"\n\s*\n")


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

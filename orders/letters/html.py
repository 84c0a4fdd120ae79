"""A letter as HTML: made from its text, so that the two say the same."""

import re

from django.template.loader import render_to_string

from coworking.models import Location

BLANK_LINES = re.compile(r"\n\s*\n")


def as_html(subject: str, body: str, *, location: Location, link_url: str) -> str:
    """Return the letter as a page: a paragraph a block of lines, the payment link as a button."""
    blocks = [[line.strip() for line in block.splitlines()] for block in BLANK_LINES.split(body.strip())]
    context = {"subject": subject, "blocks": blocks, "location": location, "link_url": link_url}
    return render_to_string("mail/letter.html", context)

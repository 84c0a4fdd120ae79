"""Template filters that put facts into words."""

from django import template

from orders import wording

register = template.Library()

for words in (
    wording.decline_text,
    wording.entry_reason,
    wording.event_text,
    wording.line_title,
    wording.refund_decline_text,
    wording.refund_reason,
    wording.resolution_text,
):
    register.filter(words.__name__, words)

"""Template filters that put facts into words."""

from functools import partial

from django import template

from coworking.domain.ticket_codes import code_of
from coworking.wording import policy_text
from olvery.shared.formats import period_dated, period_words, weekdays_short
from orders import wording, wording_passes, wording_programs, wording_promo, wording_refusals
from orders.domain.queries.price_rows import price_rows
from orders.models import shown_methods
from orders.wording_bookings import period_text, seats_text, services_text

register = template.Library()

for words in (
    wording.corrected_text,
    wording.decline_text,
    wording.entry_reason,
    wording.event_text,
    wording.last_day,
    wording.line_title,
    wording.quantity_text,
    wording.refund_decline_text,
    wording.refund_reason,
    wording.resolution_text,
    wording.turn_text,
    wording_passes.left_text,
    wording_passes.pass_on_sale_text,
    wording_passes.pass_text,
    wording_passes.given_back_text,
    wording_passes.signed_text,
    wording_passes.units_text,
    wording_passes.until_text,
    wording_passes.used_more_text,
    wording_programs.answer_text,
    wording_refusals.reason_text,
    wording_refusals.refusal_text,
):
    register.filter(words.__name__, words)
register.filter("shown_methods", shown_methods)
register.filter("promo_value", wording_promo.value_text)
register.filter("promo_days", wording_promo.days_text)
register.filter("weekdays_short", weekdays_short)
register.filter("price_rows", price_rows)
register.filter("seats", seats_text)
register.filter("services", services_text)
register.filter("booked_period", period_text)
register.filter("policy_text", policy_text)
register.filter("booked_words", partial(period_text, write=period_words))
register.filter("booked_dated", partial(period_text, write=period_dated))
register.filter("door_code", code_of)

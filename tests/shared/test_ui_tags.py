"""Template tags of the design system that stand in every row of a list."""

from datetime import UTC, datetime

from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from coworking.models import PaymentMethod, TicketStatus
from olvery.shared import icon_masks
from olvery.shared.ui_tags import badge, method, moment_lines
from tests.moments import MOSCOW


def test_a_badge_follows_the_language_of_the_page() -> None:
    with override("ru"):
        russian = badge("ticket", TicketStatus.ACTIVE), method(PaymentMethod.ON_SITE)
    with override("en"):
        english = badge("ticket", TicketStatus.ACTIVE), method(PaymentMethod.ON_SITE)
    assert "Активен" in russian[0]
    assert "Active" in english[0]
    assert "На месте" in russian[1]
    assert "На месте" not in english[1]


def test_every_icon_of_a_badge_and_of_a_bar_is_drawn_by_a_stylesheet() -> None:
    # Differs after a new status, or a new version of the icons: run `manage.py draw_icon_masks`.
    drawn = icon_masks.stylesheets()
    assert {path: path.read_text() for path in drawn} == drawn


def test_a_moment_is_written_in_two_lines() -> None:
    assert moment_lines(datetime(2026, 11, 24, 7, 48, tzinfo=UTC), MOSCOW) == "24.11.2026<small>10:48</small>"


def test_the_links_of_rows_keep_the_query_and_differ_in_one_parameter() -> None:
    template = Template('{% query_to "ticket" as url %}<a href="{{ url }}{{ number }}">')

    def shown(query: str) -> str:
        return template.render(Context({"request": RequestFactory().get(f"/?{query}"), "number": 7}))

    assert shown("") == '<a href="?ticket=7">'
    assert shown("ticket=5") == '<a href="?ticket=7">'
    assert shown("status=active&status=held&ticket=5&q=<b>") == (
        '<a href="?status=active&amp;status=held&amp;q=%3Cb%3E&amp;ticket=7">'
    )

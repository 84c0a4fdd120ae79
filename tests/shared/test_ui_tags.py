"""Template tags of the design system that every row of a list uses."""

from django.utils.translation import override

from coworking.models import PaymentMethod, TicketStatus, WaitingStatus
from olvery.management.commands.draw_icon_masks import stylesheets
from olvery.shared.badges import BADGES, badge, method
from orders.models import OrderStatus, PaymentStatus


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
    drawn = stylesheets()
    assert {path: path.read_text() for path in drawn} == drawn


def test_every_status_has_a_look() -> None:
    statuses = {"ticket": TicketStatus, "order": OrderStatus, "waiting": WaitingStatus, "payment": PaymentStatus}
    assert {kind: set(of) for kind, of in BADGES.items()} == {kind: set(all_of) for kind, all_of in statuses.items()}

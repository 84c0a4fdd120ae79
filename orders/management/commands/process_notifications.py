"""`manage.py process_notifications`: what the provider said that was not looked into yet."""

from collections.abc import Iterator
from datetime import datetime

from orders.domain.online import notifications
from orders.domain.online.gateway import Gateway
from orders.management.money import NO_SHOP, MoneyCommand


class Command(MoneyCommand):
    """Processes every received or deferred notification, without waiting for its turn."""

    help = "Process the waiting notifications of YooKassa: each is checked by asking the provider."

    def work(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        """Ask about every object that a notification names."""
        if shop is None:
            yield NO_SHOP
            return
        for event in notifications.waiting_notifications():
            notifications.process_notification(event.pk, shop, at=at)
            event.refresh_from_db()
            yield f"Looked into {event}: {event.state}, {event.note}."

    def preview(self, shop: Gateway | None, *, at: datetime) -> Iterator[str]:
        if shop is None:
            yield NO_SHOP
            return
        for event in notifications.waiting_notifications():
            yield f"To look into: {event}, {event.state}, tried {event.tries} times."

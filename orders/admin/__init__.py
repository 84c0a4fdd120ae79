"""Orders and their money in Django admin, for support."""

from orders.admin import jobs, money, orders, provider, tickets

__all__ = ["jobs", "money", "orders", "provider", "tickets"]

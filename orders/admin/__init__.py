"""Orders and their money in Django admin, for support."""

from orders.admin import money, orders, provider

__all__ = ["money", "orders", "provider"]

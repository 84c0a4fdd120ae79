"""Orders, their money and what else belongs to a location in Django admin, for support."""

from orders.admin import asked, jobs, money, orders, programs, provider, sales, tickets

__all__ = ["asked", "jobs", "money", "orders", "programs", "provider", "sales", "tickets"]

"""Money cases in Django admin."""

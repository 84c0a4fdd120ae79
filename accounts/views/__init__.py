"""Pages of people, and of their own account."""

"""Filling a database of the measurements by COPY: people, orders and all that belongs to them."""

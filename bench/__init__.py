"""Measurements on a million people and two hundred thousand orders: `make bench`."""

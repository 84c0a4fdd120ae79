"""Measurements on a million people and a million orders: `make bench`."""

"""A primary that dies and a network that is cut, under the orders of a busy day."""

"""How dark a day of the calendar is."""

# Shares, in percent, from which a day is one step darker.
STEPS = (40, 65, 80)


def percent_of(taken: int, capacity: int) -> int:
    """Return the share of places taken, rounded down: 100 only if all are taken."""
    return 100 * taken // capacity if capacity else 0


def heat_of(taken: int, capacity: int) -> int:
    """Return one of four steps of darkness."""
    return 1 + sum(percent_of(taken, capacity) >= step for step in STEPS)

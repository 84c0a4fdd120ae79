"""A limit on wrong promo codes: a few typing errors pass, guessing does not.

Counts live in the shared cache, like those of failed sign-ins: per person, and per client address for whoever
has not signed in or has many accounts. Those who may read the list of codes are not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_network

from django.core.cache import cache

from orders.domain.money.promo_uses import PromoRefused
from orders.models.promo import promo_key

HOUR = 3600
MOST_OF_A_PERSON, MOST_OF_AN_ADDRESS = 10, 30
OF_A_HOUSEHOLD = 64  # bits of an IPv6 address


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries codes, and from which address."""

    person_id: int | None
    address: str | None

    @property
    def limits(self) -> Iterator[tuple[str, int]]:
        """The counters, each with its limit per hour."""
        if self.person_id:
            yield f"person-{self.person_id}", MOST_OF_A_PERSON
        if self.address:
            is_wide = ":" in self.address
            network = ip_network(f"{self.address}/{OF_A_HOUSEHOLD}" if is_wide else self.address, strict=False)
            yield f"address-{network.network_address}", MOST_OF_AN_ADDRESS


def refuse_guessing(guesser: Guesser) -> None:
    """Raise PromoRefused where too many codes were tried within an hour."""
    if not all(_places_left(who, most) for who, most in guesser.limits):
        raise PromoRefused("promo_guessed_too_often")


def count_guess(guesser: Guesser, text: str) -> None:
    """Count a wrong code; the same one only once, because the page asks again with every change."""
    tried = sha256(promo_key(text).encode()).hexdigest()[:32]
    for who, most in guesser.limits:
        if cache.add(f"promo-guess:{who}:{tried}", 1, HOUR):
            _take_place(who, most)


def _take_place(who: str, most: int) -> None:
    """Take a slot for a guess, for an hour; guesses made at the same time each take their own."""
    for place in _places_left(who, most):
        if cache.add(place, 1, HOUR):
            return


def _places_left(who: str, most: int) -> list[str]:
    """Return the slots for guesses that are free. One query."""
    places = [f"promo-guesses:{who}:{number}" for number in range(most)]
    taken = cache.get_many(places)
    return [place for place in places if place not in taken]

"""How many codes that there are not somebody tries: a slip of the pen fits, looking for a code does not.

Counts live in the shared cache, as those of failed sign-ins: by the person, and by the client's address for whoever
has not signed in or has many accounts. Whoever may read the list of codes is not counted.
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
    """Who tries codes, and from where."""

    person_id: int | None
    address: str | None

    @property
    def limits(self) -> Iterator[tuple[str, int]]:
        """What is counted, with the most that there may be in an hour."""
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
    """Count a code that there is not; the same one once, as the page asks for it with every change."""
    tried = sha256(promo_key(text).encode()).hexdigest()[:32]
    for who, most in guesser.limits:
        if cache.add(f"promo-guess:{who}:{tried}", 1, HOUR):
            _take_place(who, most)


def _take_place(who: str, most: int) -> None:
    """Take one of the places that there are for guesses, for an hour: of guesses at once each takes its own."""
    for place in _places_left(who, most):
        if cache.add(place, 1, HOUR):
            return


def _places_left(who: str, most: int) -> list[str]:
    """Return the places for guesses that are not taken. One query."""
    places = [f"promo-guesses:{who}:{number}" for number in range(most)]
    taken = cache.get_many(places)
    return [place for place in places if place not in taken]

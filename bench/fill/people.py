"""Made-up people at realistic frequencies."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, count
from random import Random
from typing import NamedTuple

from accounts.models import User
from bench.fill.columns import Rows
from bench.fill.names import (
    COMPANIES,
    FOREIGN,
    MAIL_HOSTS,
    MEN,
    PATRONYMICS,
    PHONE_CODES,
    SURNAMES,
    WOMEN,
    Name,
    daughter,
    feminine,
    latin,
)
from olvery.shared.search import fold

# The rest of the names follow in an order of chance.
_FIRST = (
    "Иванов Смирнов Кузнецов Попов Васильев Соколов Михайлов Новиков Фёдоров "
    "Александр Сергей Дмитрий Алексей Андрей Елена Ольга Наталья Анна Татьяна "
    "Александрович Сергеевич Владимирович Николаевич"
)
FREQUENT = _FIRST.split()
MOST_FREQUENT, ITS_SHARE = "Петров", 0.06
UNUSABLE_PASSWORD = "!bench"
SINCE = timedelta(days=4 * 365 + 200)
_FLATTENING = 8  # how slowly names get rarer: the first is about nine times as frequent as the seventieth
_FOREIGN = 0.02
_DOUBLE_SURNAME = 0.02
_WITHOUT_PATRONYMIC = 0.12
_WITH_EMAIL = 0.7
_AT_A_COMPANY = 0.4
_A_CODE = 9_000_000
_STRIDE = 104_729_011  # a prime without a factor of how many numbers there are: each number comes once


class Person(NamedTuple):
    """What orders and tickets copy of a person."""

    pk: int
    full_name: str
    phone: str
    email: str
    name_key: str
    given_key: str
    is_at_a_company: bool


class Words:
    """Words that get rarer from the first to the last, as names do."""

    def __init__(self, words: Sequence[str], rng: Random) -> None:
        """Put the frequent words first and the others behind them by chance."""
        self.rng = rng
        others = rng.sample(words, len(words))
        self.words = sorted(others, key=lambda word: FREQUENT.index(word) if word in FREQUENT else len(FREQUENT))
        self.weights = list(accumulate(1 / (_FLATTENING + rank) for rank in range(len(words))))

    def draw(self) -> str:
        return self.rng.choices(self.words, cum_weights=self.weights)[0]


class Names:
    """Full names of men and women."""

    def __init__(self, rng: Random) -> None:
        """Rank the names."""
        self.rng = rng
        surnames = [word for word in SURNAMES if word != MOST_FREQUENT]
        self.surnames, self.men, self.women, self.patronymics = (
            Words(words, rng) for words in (surnames, MEN, WOMEN, PATRONYMICS)
        )

    def draw(self) -> Name:
        if self.rng.random() < _FOREIGN:
            return Name(*self.rng.choice(FOREIGN))
        last = MOST_FREQUENT if self.rng.random() < ITS_SHARE / (1 - _FOREIGN) else self.surnames.draw()
        if self.rng.random() < _DOUBLE_SURNAME:
            last = f"{last}-{self.surnames.draw()}"
        middle = "" if self.rng.random() < _WITHOUT_PATRONYMIC else self.patronymics.draw()
        if self.rng.random() < 0.5:
            return Name(last, self.men.draw(), middle)
        return Name(_feminine(last), self.women.draw(), daughter(middle))


def draw_people(many: int, *, first: int, taken: set[str], at: datetime, rng: Random, rows: Rows) -> Iterator[Person]:
    """Yield people with the keys from `first`, the earliest registered first, and add their rows.

    Nobody gets a phone of `taken`.
    """
    names, phones = Names(rng), _phones(taken, rng.randrange(_A_CODE))
    oldest, step = at - SINCE, SINCE / many
    for number in range(many):
        name = names.draw()
        pk = first + number
        company = rng.choice(COMPANIES) if rng.random() < _AT_A_COMPANY else ""
        person = Person(
            pk=pk,
            full_name=" ".join(filter(None, (name.last, name.first, name.middle))),
            phone=next(phones),
            email=_email(name, pk, rng) if rng.random() < _WITH_EMAIL else "",
            name_key=" " + " ".join(filter(None, map(_fold, (name.last, name.first, name.middle)))),
            given_key=_fold(name.first),
            is_at_a_company=bool(company),
        )
        since = oldest + step * (number + rng.random())
        rows.add(
            {
                "id": pk,
                "password": UNUSABLE_PASSWORD,
                "last_name": name.last,
                "first_name": name.first,
                "middle_name": name.middle,
                "company": company,
                "phone": person.phone,
                "email": person.email or None,
                "date_joined": since,
                "consent_at": since,
                "name_key": person.name_key,
                "given_key": person.given_key,
            }
        )
        yield person


def rows_of_people() -> Rows:
    """Return where rows of people are collected."""
    return Rows(User)


def _phones(taken: set[str], offset: int) -> Iterator[str]:
    """Yield numbers without duplicates."""
    for number in count(offset):
        place = number * _STRIDE % (_A_CODE * len(PHONE_CODES))
        phone = f"+7{PHONE_CODES[place // _A_CODE]}{1_000_000 + place % _A_CODE}"
        if phone not in taken:
            yield phone


def _email(name: Name, pk: int, rng: Random) -> str:
    first, last = _latin(name.first), _latin(name.last)
    local = rng.choice((f"{first[0]}.{last}", f"{last}.{first}", f"{first}.{last}", last))
    return f"{local}-{pk}@{rng.choice(MAIL_HOSTS)}"


_latin = lru_cache(maxsize=None)(latin)
_feminine = lru_cache(maxsize=None)(feminine)
_fold = lru_cache(maxsize=None)(fold)

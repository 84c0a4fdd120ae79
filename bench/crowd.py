"""A million made-up people with the names of the demo, the frequent ones as frequent as they are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from accounts.models import User
from olvery.demo.names import FOREIGN, MEN, PATRONYMICS, SURNAMES, WOMEN, Name, feminine, latin
from olvery.demo.people import COMPANIES, MAIL_HOSTS, PHONE_CODES

# The rest of the names follow in an order of chance.
_FIRST = (
    "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров "
    "Александр Сергей Дмитрий Алексей Андрей Елена Ольга Наталья Анна Татьяна "
    "Александрович Сергеевич Владимирович Николаевич"
)
FREQUENT = _FIRST.split()
UNUSABLE_PASSWORD = "!bench"
SINCE = timedelta(days=4 * 365)
_FLATTENING = 8  # how slowly names get rarer: the first is about nine times as frequent as the seventieth
_FOREIGN = 0.02
_DOUBLE_SURNAME = 0.02
_WITHOUT_PATRONYMIC = 0.12
_WITH_EMAIL = 0.7
_AT_A_COMPANY = 0.4


class Words:
    """Words that get rarer from the first to the last, as names do."""

    def __init__(self, words: Sequence[str], rng: Random) -> None:
        """Put the frequent words first and the others behind them by chance."""
        self.rng = rng
        others = rng.sample(words, len(words))
        self.words = sorted(others, key=lambda word: FREQUENT.index(word) if word in FREQUENT else len(FREQUENT))
        self.weights = list(accumulate(1 / (_FLATTENING + rank) for rank in range(len(words))))

    def draw(self) -> str:
        """Return a word."""
        return self.rng.choices(self.words, cum_weights=self.weights)[0]


class Names:
    """Full names of men and women."""

    def __init__(self, rng: Random) -> None:
        """Rank the names."""
        self.rng = rng
        self.surnames, self.men, self.women, self.patronymics = (
            Words(words, rng) for words in (SURNAMES, MEN, WOMEN, PATRONYMICS)
        )

    def draw(self) -> Name:
        """Return a name."""
        if self.rng.random() < _FOREIGN:
            return Name(*self.rng.choice(FOREIGN))
        last = self.surnames.draw()
        if self.rng.random() < _DOUBLE_SURNAME:
            last = f"{last}-{self.surnames.draw()}"
        middle = "" if self.rng.random() < _WITHOUT_PATRONYMIC else self.patronymics.draw()
        if self.rng.random() < 0.5:
            return Name(last, self.men.draw(), middle)
        return Name(_feminine(last), self.women.draw(), _daughter(middle))


def crowd(count: int, rng: Random, *, at: datetime, taken: set[str]) -> Iterator[User]:
    """Yield people that are ready to be written, none with a phone of `taken`."""
    names, phones, emails = Names(rng), _phones(rng, taken), Counter[str]()
    companies = list(COMPANIES)
    for _ in range(count):
        name = names.draw()
        since = at - SINCE * rng.random()
        person = User(
            last_name=name.last,
            first_name=name.first,
            middle_name=name.middle,
            company=rng.choice(companies) if rng.random() < _AT_A_COMPANY else "",
            phone=next(phones),
            email=_email(name, emails, rng) if rng.random() < _WITH_EMAIL else None,
            password=UNUSABLE_PASSWORD,
            date_joined=since,
            consent_at=since,
        )
        person.normalize()
        yield person


def _phones(rng: Random, taken: set[str]) -> Iterator[str]:
    while True:
        phone = f"+7{rng.choice(PHONE_CODES)}{rng.randrange(1_000_000, 10_000_000)}"
        if phone not in taken:
            taken.add(phone)
            yield phone


def _email(name: Name, used: Counter[str], rng: Random) -> str:
    first, last = _latin(name.first), _latin(name.last)
    local = rng.choice((f"{first[0]}.{last}", f"{last}.{first}", f"{first}.{last}", last))
    used[local] += 1
    return f"{local}-{used[local]}@{rng.choice(MAIL_HOSTS)}"


def _daughter(patronymic: str) -> str:
    if patronymic == "Ильич":
        return "Ильинична"
    return patronymic[:-2] + "на" if patronymic else ""


_latin = lru_cache(maxsize=None)(latin)
_feminine = lru_cache(maxsize=None)(feminine)

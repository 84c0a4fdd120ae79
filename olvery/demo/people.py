"""The accounts of the demo and some three hundred made-up people."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Role, User
from coworking.models import Location
from olvery.demo.names import Name, draw_names, latin

PASSWORD = "olvery-demo"  # noqa: S105 - known to everybody on purpose
PEOPLE = 300
CUSTOMER_COMPANY = "ООО «Северный ветер»"
COLLEAGUES_OF_THE_CUSTOMER = 5

# Everybody is registered before the first order of the demo is made.
STAFF_SINCE = timedelta(days=700)
FIRST_PERSON = timedelta(days=500)
LAST_PERSON = timedelta(days=90)

# Domains reserved by RFC 2606: nothing sent there can reach anybody.
MAIL_HOSTS = ("pochta.example", "mail.example", "example.com", "example.org")
PHONE_CODES = (901, 902, 903, 904, 906, 908, 910, 915, 920, 929, 930, 951, 952, 960, 962, 965, 977, 986, 987, 999)

COMPANIES = {
    "ООО «Студия Ритм»": "ritm",
    "ООО «Каркас»": "karkas",
    "ООО «Лад»": "lad",
    "ООО «Инженерное бюро 42»": "bureau42",
    "ООО «Волга Софт»": "volga-soft",
    "ООО «Точка сборки»": "tochka-sborki",
    "ООО «Медиа Плюс»": "media-plus",
    "ООО «Зелёный мыс»": "zelmys",
    "ООО «Техносфера»": "tekhnosfera",
    "ООО «Аврора Дизайн»": "avrora",
    "ООО «Нижегородские данные»": "nn-data",
    "ООО «Первая верста»": "versta",
    "ООО «Кварц»": "kvarts",
    "ООО «Открытый код»": "otkod",
    "ООО «Перспектива»": "perspektiva",
    "ООО «Юридическая практика»": "yurpraktika",
    "ООО «Белый кит»": "belykit",
    "ООО «Стройпроект НН»": "stroyproekt",
    "ООО «Логика»": "logika",
    "ООО «Архитектурная мастерская»": "arkhmast",
    "АО «Приокские системы»": "priok",
    "АО «Горизонт»": "gorizont",
    "АНО «Школа дела»": "shkoladela",
    "ООО «Северный ветер»": "severveter",
}
_AT_A_COMPANY = 0.42
_SOLE_TRADER = 0.08
_WITH_EMAIL = 0.8
_AT_THE_DESK = 0.7


@dataclass(frozen=True, slots=True)
class Accounts:
    """The people who can sign in with the password of the demo."""

    manager: User
    customer: User
    administrator: User
    support: User

    def all(self) -> list[User]:
        return [self.manager, self.customer, self.administrator, self.support]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, with those who work together."""

    accounts: Accounts
    customers: list[User]
    colleagues: dict[str, list[User]] = field(default_factory=dict)

    def colleagues_of(self, person: User) -> list[User]:
        """Return the others of the person's company."""
        return [other for other in self.colleagues.get(person.company, []) if other != person]


def create_people(*, location: Location, at: datetime, rng: Random) -> People:
    """Save the accounts with their roles, and the customers."""
    accounts = _create_accounts(location, since=at - STAFF_SINCE)
    customers = _create_customers(accounts, at, rng)
    colleagues: dict[str, list[User]] = defaultdict(list)
    for person in [accounts.customer, *customers]:
        if person.company:
            colleagues[person.company].append(person)
    return People(accounts, customers, dict(colleagues))


def _create_accounts(location: Location, *, since: datetime) -> Accounts:
    password = make_password(PASSWORD)  # slow by design, so once for all of them

    def account(email: str, name: Name, phone: str, **fields: object) -> User:
        return User(
            email=email,
            last_name=name.last,
            first_name=name.first,
            middle_name=name.middle,
            phone=phone,
            password=password,
            date_joined=since,
            consent_at=since,
            **fields,
        )

    accounts = Accounts(
        manager=account("manager@olvery.test", Name("Крылова", "Ольга", "Сергеевна"), "+79202530117"),
        customer=account(
            "customer@olvery.test", Name("Петров", "Иван", "Андреевич"), "+79162044821", company=CUSTOMER_COMPANY
        ),
        administrator=account("location@olvery.test", Name("Белова", "Марина", "Игоревна"), "+79202530118"),
        support=account(
            "admin@olvery.test",
            Name("Орлов", "Денис", "Павлович"),
            "+79202530119",
            is_staff=True,
            is_superuser=True,
        ),
    )
    _save(accounts.all())
    Membership.objects.bulk_create(
        [
            Membership(user=accounts.manager, location=location, role=Role.RENTAL_MANAGER),
            Membership(user=accounts.administrator, location=location, role=Role.LOCATION_ADMINISTRATOR),
        ]
    )
    return accounts


def _create_customers(accounts: Accounts, at: datetime, rng: Random) -> list[User]:
    phones = _phones(taken={str(account.phone) for account in accounts.all()}, rng=rng)
    emails: set[str] = set()
    newest, oldest = at - LAST_PERSON, at - FIRST_PERSON
    moments = sorted(oldest + (newest - oldest) * rng.random() for _ in range(PEOPLE))
    people = []
    for number, (name, since) in enumerate(zip(draw_names(PEOPLE, rng), moments, strict=True)):
        company = CUSTOMER_COMPANY if number < COLLEAGUES_OF_THE_CUSTOMER else _company(name, rng)
        person = User(
            last_name=name.last,
            first_name=name.first,
            middle_name=name.middle,
            company=company,
            phone=next(phones),
            email=_email(name, company, emails, rng) if rng.random() < _WITH_EMAIL else None,
            date_joined=since,
            consent_at=since,
            created_by=accounts.manager if rng.random() < _AT_THE_DESK else None,
        )
        person.set_unusable_password()
        people.append(person)
    return _save(people)


def _save(people: list[User]) -> list[User]:
    for person in people:
        person.normalize()  # a bulk write does not call save()
    return User.objects.bulk_create(people)


def _phones(*, taken: set[str], rng: Random) -> Iterator[str]:
    while True:
        phone = f"+7{rng.choice(PHONE_CODES)}{rng.randrange(1_000_000, 10_000_000)}"
        if phone not in taken:
            taken.add(phone)
            yield phone


def _company(name: Name, rng: Random) -> str:
    chance = rng.random()
    if chance < _AT_A_COMPANY:
        return rng.choice(list(COMPANIES))
    if chance < _AT_A_COMPANY + _SOLE_TRADER:
        initials = f"{name.first[0]}. {name.middle[0]}." if name.middle else f"{name.first[0]}."
        return f"ИП {name.last} {initials}"
    return ""


def _email(name: Name, company: str, taken: set[str], rng: Random) -> str:
    """Make up an address that nobody has yet, at work or at home, and remember it in `taken`."""
    host = f"{COMPANIES[company]}.example" if company in COMPANIES else rng.choice(MAIL_HOSTS)
    first, last = latin(name.first), latin(name.last)
    patterns = [f"{first[0]}.{last}", f"{last}.{first}", f"{first}.{last}", f"{last}{rng.randrange(1970, 2004)}"]
    local = rng.choice(patterns)
    email, number = f"{local}@{host}", 1
    while email in taken:
        number += 1
        email = f"{local}{number}@{host}"
    taken.add(email)
    return email

"""The accounts of the demo, and the three hundred people of `people.csv`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Role, User
from coworking.models import Location
from olvery.demo.tables import rows_of
from olvery.shared.periods import DAY

PASSWORD = "olvery-demo"  # noqa: S105 - known to everybody on purpose
CUSTOMER_COMPANY = "ООО «Северный ветер»"
STAFF_SINCE = timedelta(days=700)


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
    """Those who can sign in, and the customers."""

    accounts: Accounts
    customers: list[User]

    @property
    def everybody(self) -> list[User]:
        """The customers, the one of the demo first."""
        return [self.accounts.customer, *self.customers]

    def of_company(self, name: str) -> list[User]:
        """Return those who work together."""
        return [person for person in self.everybody if person.company == name]


def create_people(*, location: Location, at: datetime) -> People:
    """Save the accounts with their roles, and the customers."""
    accounts = _create_accounts(location, since=at - STAFF_SINCE)
    return People(accounts, _create_customers(accounts, at))


def _create_accounts(location: Location, *, since: datetime) -> Accounts:
    password = make_password(PASSWORD)  # slow by design, so once for all of them

    def account(email: str, name: str, phone: str, **fields: object) -> User:
        last, first, middle = name.split()
        return User(
            email=email,
            last_name=last,
            first_name=first,
            middle_name=middle,
            phone=phone,
            password=password,
            date_joined=since,
            consent_at=since,
            **fields,
        )

    accounts = Accounts(
        manager=account("manager@olvery.test", "Крылова Ольга Сергеевна", "+79202530117"),
        customer=account("customer@olvery.test", "Петров Иван Андреевич", "+79162044821", company=CUSTOMER_COMPANY),
        administrator=account("location@olvery.test", "Белова Марина Игоревна", "+79202530118"),
        support=account("admin@olvery.test", "Орлов Денис Павлович", "+79202530119", is_staff=True, is_superuser=True),
    )
    _save(accounts.all())
    Membership.objects.bulk_create(
        [
            Membership(user=accounts.manager, location=location, role=Role.RENTAL_MANAGER),
            Membership(user=accounts.administrator, location=location, role=Role.LOCATION_ADMINISTRATOR),
        ]
    )
    return accounts


def _create_customers(accounts: Accounts, at: datetime) -> list[User]:
    """Save people who registered before the first order of the season."""
    people = []
    for row in rows_of("people.csv"):
        since = at - DAY * int(row.pop("days_ago"))
        by = accounts.manager if row.pop("by_manager") else None
        person = User(**row, date_joined=since, consent_at=since, created_by=by)
        person.set_unusable_password()
        people.append(person)
    return _save(people)


def _save(people: list[User]) -> list[User]:
    for person in people:
        person.normalize()  # a bulk write does not call save()
    return User.objects.bulk_create(people)

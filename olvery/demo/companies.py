"""Companies of the demo: those that pay invoices, with the people who order for them."""

from dataclasses import asdict
from datetime import datetime

from accounts.models import Company
from coworking.models import PaymentMethod
from olvery.demo.people import People
from olvery.demo.tables import rows_of
from orders.documents.invoice import Buyer
from orders.domain.desk.companies import add_company, add_member
from orders.models import Order

AGREEMENTS = 3  # of the first companies; most work by a public offer


def read_buyers() -> dict[str, Buyer]:
    """Return who pays invoices, by name: made-up requisites with right check digits."""
    return {row["name"]: Buyer(**row) for row in rows_of("companies.csv")}


def add_companies(people: People, *, at: datetime) -> None:
    """Save the companies, and link the orders by invoice to them."""
    by = people.accounts.manager
    for place, buyer in enumerate(read_buyers().values()):
        agreement = f"{at.year}/{place + 1:02}" if place < AGREEMENTS else ""
        company = add_company(values={**asdict(buyer), "agreement": agreement}, by=by, at=at)
        _add_people(company, people, at=at)


def _add_people(company: Company, people: People, *, at: datetime) -> None:
    members = people.of_company(company.name)
    for person in members:
        add_member(company, person.pk, by=people.accounts.manager, at=at)
    of_company = Order.objects.filter(customer__in=members, payment_method=PaymentMethod.INVOICE)
    of_company.update(company=company)

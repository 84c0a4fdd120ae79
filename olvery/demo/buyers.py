"""The companies that invoices of the demo are made out to."""

from random import Random

from stdnum.ru import inn

from accounts.models import User
from orders.documents.invoice import Buyer

REGION = "52"
OFFICES = (57, 58, 59, 60, 61, 62, 63)
STREETS = ("Большая Покровская", "Белинского", "Ванеева", "Горького", "Ошарская", "Варварская", "Алексеевская")
SOLE_TRADER = "ИП "


class Buyers:
    """Makes up requisites with right check digits, the same ones for a company each time."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._known: dict[str, Buyer] = {}

    def buyer_of(self, customer: User) -> Buyer:
        """Return who pays the invoices of a customer."""
        name = customer.company
        if name not in self._known:
            self._known[name] = self._make_up(name)
        return self._known[name]

    @property
    def known(self) -> list[Buyer]:
        """Everybody who pays an invoice of the demo."""
        return list(self._known.values())

    def _make_up(self, name: str) -> Buyer:
        office = f"{REGION}{self.rng.choice(OFFICES)}"
        address = f"г. Нижний Новгород, ул. {self.rng.choice(STREETS)}, д. {self.rng.randrange(1, 80)}"
        if name.startswith(SOLE_TRADER):
            digits = f"{office}{self.rng.randrange(10**5, 10**6)}"
            return Buyer(name=name, inn=digits + inn.calc_personal_check_digits(digits), address=address)
        digits = f"{office}{self.rng.randrange(10**4, 10**5)}"
        number = digits + inn.calc_company_check_digit(digits)
        return Buyer(name=name, inn=number, kpp=f"{office}01001", address=address)

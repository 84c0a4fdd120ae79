"""Other trade of a coworking: passes, promo codes, companies on account, programs, duplicate people."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from datetime import time as clock
from decimal import Decimal

from django.utils import timezone
from stdnum.ru import inn

from accounts.models import Company, CompanyMember, Membership, Role, User
from bench.chaos.receiver import Receiver
from bench.chaos.stage import CLOSES, LENGTH, OPENS, Stage, make_person
from coworking.domain.rules import When
from coworking.models import PaymentMethod, Seller, Tariff, Unit
from olvery.shared.periods import DAY, month_of
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.domain.desk.month_bills import last_month
from orders.domain.online.completion import complete_finished
from orders.domain.programs.tokens import make_token
from orders.domain.programs.webhooks import make_webhook
from orders.models import EventKind, PromoCode, Scope
from orders.models.promo import promo_key

CODE, MOST_USES = "ХАОС-10", 8
LIMIT = Decimal(3000)  # of the company on account: a few orders
MOST_BILLS = 4  # companies whose month is over
OF_A_MONTH = 3  # orders of each
DOUBLES = 6


@dataclass(frozen=True, slots=True)
class Trade:
    """Who does more than book and pay, and what is sold to them."""

    administrator: User
    passes: list[Tariff]
    promo: PromoCode
    company: Company
    billed: list[Company]
    doubles: list[tuple[User, User]]
    secret: str  # of a program's token


def open_trade(stage: Stage, receiver: Receiver) -> Trade:
    """Save all of it at a location, with a webhook for all of its events."""
    location, manager, now = stage.location, stage.manager, timezone.now()
    administrator = make_person("Админ")
    Membership.objects.create(user=administrator, location=location, role=Role.LOCATION_ADMINISTRATOR)
    _webhook, receiver.secret = make_webhook(
        location=location, address=receiver.url, kinds=list(EventKind), by=manager, at=now
    )
    _token, secret = make_token(
        location=location, holder=manager, name="Хаос", scopes=list(Scope), expires_at=None, at=now
    )
    _sell(stage)
    doubles = [(make_person(f"Двойник{number}"), make_person(f"Двойник{number}")) for number in range(DOUBLES)]
    stage.customers.extend(person for pair in doubles for person in pair)
    trade = Trade(
        administrator,
        passes=[_pass_of(tariff) for tariff in stage.tariffs],
        promo=_promo(stage),
        company=_company(stage, "на счёт", limit=LIMIT),
        billed=[_company(stage, f"за месяц {number}", limit=LIMIT * 10) for number in range(MOST_BILLS)],
        doubles=doubles,
        secret=secret,
    )
    _work_for_a_month(stage, trade, at=now)
    return trade


def _sell(stage: Stage) -> None:
    Seller.objects.create(
        location=stage.location,
        name="ООО «Хаос»",
        inn="7707083893",
        kpp="773601001",
        ogrn="1027700132195",
        address="Москва",
        bank_name="ПАО «Банк»",
        bic="044525225",
        account="40702810138250123017",
        corr_account="30101810400000000225",
        director="Смирнова А. В.",
    )


def _pass_of(tariff: Tariff) -> Tariff:
    """Sell ten hours at a price that no kopecks of an hour add up to."""
    return Tariff.objects.create(
        service=tariff.service,
        name="Абонемент",
        unit=Unit.HOUR,
        price=Decimal("1999.99"),
        pass_units=10,
        pass_days=30,
    )


def _promo(stage: Stage) -> PromoCode:
    return PromoCode.objects.create(
        location=stage.location,
        code=CODE,
        key=promo_key(CODE),
        value=Decimal(10),
        is_percent=True,
        most_uses=MOST_USES,
    )


def _company(stage: Stage, name: str, *, limit: Decimal) -> Company:
    """Save a company for which every second customer orders."""
    digits = f"52{uuid.uuid4().int % 10**7:07}"
    company = Company.objects.create(
        inn=digits + inn.calc_company_check_digit(digits),
        kpp="526001001",
        name=f"ООО «Хаос {name}»",
        address="Нижний Новгород",
        email=f"{uuid.uuid4().hex}@olvery.test",
        credit_limit=limit,
        created_by=stage.manager,
    )
    CompanyMember.objects.bulk_create(
        CompanyMember(company=company, person=person) for person in stage.customers[:20:2]
    )
    return company


def _work_for_a_month(stage: Stage, trade: Trade, *, at: datetime) -> None:
    """Order on account for the companies last month, and let the clock complete it."""
    first, last = month_of(last_month(stage.location, at=at))
    before = datetime.combine(first, clock(12), tzinfo=stage.location.zone)
    # Only its last days: orders unbilled for long become debts, and none are expected here.
    hours = [(last - DAY * day, start) for day in range(3) for start in range(OPENS, CLOSES, LENGTH)]
    for number, (day, start) in zip(range(len(trade.billed) * OF_A_MONTH), hours, strict=False):
        tariff, company = stage.tariffs[number % 2], trade.billed[number % len(trade.billed)]
        when = When(day=day, start=clock(start), end=clock(start + LENGTH))
        booking = BookingWish(tariff_id=tariff.pk, when=when, visitor_ids=(None,))
        asked = Wish.with_own_contacts(
            stage.customers[0], booking, payment_method=PaymentMethod.INVOICE, token=uuid.uuid4()
        )
        wish = replace(asked, company_id=company.pk)
        place_order(wish, booker=Booker.manager(stage.manager, stage.location), at=before)
    complete_finished(None, at)

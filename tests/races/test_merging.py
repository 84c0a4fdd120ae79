"""An order and a merge of its customer at the same moment, and two merges at once: nothing is left behind."""

from typing import Any

import pytest

from accounts.models import CompanyMerge, PersonMerge, Role, User
from olvery.shared.refusals import Refused
from orders.domain.booking import placing
from orders.domain.desk import merging_companies, merging_people
from orders.domain.desk.merging_companies import CompanyMergeWish
from orders.domain.desk.merging_companies import seen_as as companies_as
from orders.domain.desk.merging_people import MergeWish, seen_as
from orders.models import Order
from tests.factories import make_company, make_manager, make_member, make_order, make_tariff, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, without_trigger


def wish(kept: User, gone: User) -> MergeWish:
    return MergeWish(
        kept_id=kept.pk,
        gone_id=gone.pk,
        taken=(),
        reason="Один человек",
        seen=seen_as(kept, gone),
        is_one_person=False,
    )


def race(monkeypatch: pytest.MonkeyPatch, *, order_first: bool) -> list[Any]:
    """Let one of them write, and commit only when the other has begun to wait, or has finished."""
    tariff, kept, gone = make_tariff(), make_user(), make_user()
    location = tariff.service.location
    manager = make_manager(location=location)
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    module, name = (placing, "_issue") if order_first else (merging_people, "_record")
    written = hold_until_another_waits(monkeypatch, module, name)

    def order() -> Any:
        order_first or written.wait(TIMEOUT)
        return make_order(tariff=tariff, customer=gone, by=manager)

    def merge() -> Any:
        not order_first or written.wait(TIMEOUT)
        return merging_people.merge(wish(kept, gone), by=administrator, location=location, at=NOW)

    return at_once([order, merge])


def left_behind() -> int:
    return Order.objects.filter(customer__merged_into__isnull=False).count()


def test_an_order_that_comes_first_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    order, merge = race(monkeypatch, order_first=True)
    assert (type(order), type(merge)) == (Order, PersonMerge)
    assert (merge.moved["orders"], left_behind()) == ([order.pk], 0)
    assert Order.objects.get().customer == merge.kept


def test_a_merge_that_comes_first_refuses_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    order, merge = race(monkeypatch, order_first=False)
    assert (isinstance(order, Refused), type(merge)) == (True, PersonMerge)
    assert (Order.objects.count(), merge.moved["orders"]) == (0, [])


def test_control_without_guards_an_order_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "versions_of", lambda *args, **wanted: [])
    with (
        without_trigger("orders_order", "order_not_of_erased_person"),
        without_trigger("coworking_ticket", "ticket_not_of_erased_person"),
    ):
        order, merge = race(monkeypatch, order_first=False)
        assert (type(order), type(merge), left_behind()) == (Order, PersonMerge, 1)


def test_one_of_two_opposite_merges_is_refused() -> None:
    tariff, first, second = make_tariff(), make_user(), make_user()
    location = tariff.service.location
    make_order(tariff=tariff, customer=first)
    by = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    results = at_once(
        [
            lambda pair=pair: merging_people.merge(wish(*pair), by=by, location=location, at=NOW)  # type: ignore[misc]
            for pair in ((first, second), (second, first))
        ]
    )
    assert {type(result) for result in results} == {PersonMerge, Refused}
    merge = PersonMerge.objects.get()
    assert (Order.objects.get().customer, User.objects.filter(merged_into=merge.kept).get()) == (merge.kept, merge.gone)


def race_of_companies(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the company be merged after an order for it was accepted, and before it is written."""
    tariff, person = make_tariff(), make_user()
    kept, gone = make_company(person), make_company(person)
    manager = make_manager(location=tariff.service.location)
    written = hold_until_another_waits(monkeypatch, merging_companies, "_record")
    asked = CompanyMergeWish(kept_id=kept.pk, gone_id=gone.pk, reason="Дубль", seen=companies_as(kept, gone))

    def order() -> Any:
        written.wait(TIMEOUT)
        return make_order(tariff=tariff, customer=person, by=manager, company_id=gone.pk)

    return at_once(
        [order, lambda: merging_companies.merge(asked, by=manager, location=tariff.service.location, at=NOW)]
    )


def test_nobody_orders_for_a_company_that_is_being_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    order, merge = race_of_companies(monkeypatch)
    assert isinstance(order, Refused)
    assert [refusal.reason for refusal in order.refusals] == ["company_not_of_customer"]
    assert (type(merge), Order.objects.count()) == (CompanyMerge, 0)


def test_control_without_the_trigger_an_order_is_left_with_a_merged_company(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_trigger("orders_order", "order_of_company_of_its_customer"):
        order, merge = race_of_companies(monkeypatch)
    assert (type(order), type(merge)) == (Order, CompanyMerge)
    assert Order.objects.get().company == merge.gone

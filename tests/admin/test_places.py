import re
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.test import Client

from coworking.domain.opening import calendar_of
from coworking.models import Block, Extra, Location, Service, Tariff, Ticket
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period
from tests.admin.pages import address, errors_of, filled
from tests.factories import (
    make_block,
    make_extra,
    make_location,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.moments import BERLIN, NOW, hours, moment
from tests.snapshots import saved_rows
from tests.views.test_access import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


# Services and blocks: what the database refuses


def test_a_block_is_read_by_the_clock_of_its_location(support: Client) -> None:
    service = make_seats(location=make_location(time_zone="Europe/Berlin"))
    data = {
        **{"service": service.pk, "seat": seat_of(service, "A1").pk, "places": 1, "reason": "Ремонт"},
        **{"starts_at_0": "25.11.2026", "starts_at_1": "10:00", "ends_at_0": "25.11.2026", "ends_at_1": "12:00"},
    }

    support.post(address(Block, "add"), data)

    block = Block.objects.get()
    assert (block.period.start, block.period.end) == (
        moment("2026-11-25 10:00", BERLIN),
        moment("2026-11-25 12:00", BERLIN),
    )
    assert block.created_by.email == "support@example.com"
    page = support.get(address(Block, "change", block.pk))
    assert filled(page)["starts_at_1"] == "10:00:00"
    support.post(address(Block, "change", block.pk), filled(page, reason="Уборка", ends_at_1="13:00"))
    block.refresh_from_db()
    assert (block.reason, block.period.start, block.period.end) == (
        "Уборка",
        moment("2026-11-25 10:00", BERLIN),
        moment("2026-11-25 13:00", BERLIN),
    )


def test_blocks_are_listed_with_their_days_as_everything_else_is(support: Client) -> None:
    service = make_seats(location=make_location(time_zone="Europe/Berlin"))
    for start, end in (("25 00:00", "26 00:00"), ("25 00:00", "28 00:00"), ("25 10:00", "26 00:00")):
        make_block(service=service, period=Period(*(moment(f"2026-11-{one}", BERLIN) for one in (start, end))))
    listed = support.get(address(Block, "changelist")).text
    periods = re.findall(r'<td class="field-blocked">(.*?)</td>', listed)
    assert periods == ["25.11.2026 10:00–24:00", "25.11.2026 – 27.11.2026", "25.11.2026"]


def test_who_may_only_look_reads_that_a_block_ends_with_its_day(support: Client) -> None:
    block = make_block(service=make_seats(), period=hours("00", "24"))
    viewer = make_user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_block"))
    page = client_of(viewer).get(address(Block, "change", block.pk)).text
    assert "25.11.2026 24:00" in page
    assert "26.11.2026" not in page


def test_hours_until_the_end_of_a_day_are_read_and_shown(support: Client) -> None:
    location = make_location(weekly={0: (time(10), END_OF_DAY)})
    page = support.get(address(Location, "change", location.pk))
    assert filled(page)["opening_hours-0-closes_at"] == "24:00"
    support.post(address(Location, "change", location.pk), filled(page, **{"opening_hours-0-opens_at": "00:00"}))
    assert calendar_of(location).weekly == {0: (time(0), END_OF_DAY)}
    refused = support.post(
        address(Location, "change", location.pk), filled(page, **{"opening_hours-0-closes_at": "24:30"})
    )
    assert refused.status_code == 200
    assert calendar_of(location).weekly == {0: (time(0), END_OF_DAY)}


def block_data(service: Service, **changes: Any) -> dict[str, Any]:
    return {
        **{"service": service.pk, "seat": "", "places": 1, "reason": "Ремонт"},
        **{"starts_at_0": "25.11.2026", "starts_at_1": "10:00", "ends_at_0": "25.11.2026", "ends_at_1": "12:00"},
        **changes,
    }


@pytest.mark.parametrize("kind", ["seat", "whole service", "pool"])
def test_a_block_over_a_booking_is_refused(support: Client, kind: str) -> None:
    service = make_pool(capacity=2) if kind == "pool" else make_seats()
    seat = None if kind == "pool" else seat_of(service, "A1")
    make_ticket(service=service, seat=seat, period=hours("11", "13"))
    changes = {"seat": seat.pk} if kind == "seat" and seat else {"places": 2} if kind == "pool" else {}

    page = support.post(address(Block, "add"), block_data(service, **changes))

    assert list(errors_of(page)) == ["__all__"]
    assert page.context["adminform"].form["reason"].value() == "Ремонт"
    assert not Block.objects.exists()


def test_a_block_does_not_move_onto_a_booking(support: Client) -> None:
    service = make_seats()
    seat = seat_of(service, "A1")
    make_ticket(service=service, seat=seat, period=hours("13", "14"))
    block = make_block(service=service, seat=seat, period=hours("10", "12"))

    url = address(Block, "change", block.pk)
    page = support.post(url, filled(support.get(url), ends_at_1="13:30"))

    assert list(errors_of(page)) == ["__all__"]
    block.refresh_from_db()
    assert block.period == hours("10", "12")


def test_a_block_is_lifted_and_stays(support: Client) -> None:
    service = make_seats()
    block = make_block(service=service, seat=seat_of(service, "A1"), period=hours("10", "12"))
    listed, page = address(Block, "changelist"), address(Block, "change", block.pk)
    chosen = {"_selected_action": [block.pk]}
    assert support.post(address(Block, "delete", block.pk), {"post": "yes"}).status_code == 403
    support.post(listed, {"action": "delete_selected", "post": "yes", **chosen})
    assert list(Block.objects.standing()) == [block]
    shown = support.post(listed, {"action": "lift", **chosen}, follow=True).content.decode()
    block.refresh_from_db()
    assert ("Снята 1 блокировка." in shown, block.lifted_by.email, block.lifted_at) == (
        True, "support@example.com", NOW
    )  # fmt: skip
    before = saved_rows()
    assert support.post(page, {"reason": "Уборка"}).status_code == 403
    support.post(listed, {"action": "lift", **chosen})
    assert saved_rows() == before
    assert "24.11.2026 09:00" in support.get(page).content.decode()


def test_a_block_with_wrong_fields_says_which(support: Client) -> None:
    seats, pool = make_seats(), make_pool()
    seat = seat_of(make_seats(), "A1").pk
    wrong = {
        "seat": block_data(seats, seat=seat),
        "places": block_data(seats, seat=seat_of(seats, "A1").pk, places=2),
        "ends_at": block_data(pool, ends_at_1="10:00"),
    }

    for field, data in wrong.items():
        assert list(errors_of(support.post(address(Block, "add"), data))) == [field]
    assert list(errors_of(support.post(address(Block, "add"), block_data(pool, places=0)))) == ["places"]
    assert list(errors_of(support.post(address(Block, "add"), block_data(pool, seat=seat)))) == ["seat"]
    assert not Block.objects.exists()


def test_a_pool_does_not_shrink_below_what_is_booked(support: Client) -> None:
    service = make_pool(capacity=8)
    tariff = make_tariff(service=service, price="300")
    for _visitor in range(3):
        # The database reads its own clock, so these bookings are far in the future.
        make_ticket(service=service, period=hours("10", "12", day=date(2090, 1, 2)))
    url = address(Service, "change", service.pk)

    page = support.post(url, filled(support.get(url), capacity=2, **{"tariffs-0-price": "999"}))

    assert list(errors_of(page)) == ["capacity"]
    service.refresh_from_db()
    assert service.capacity == 8
    assert Tariff.objects.get(pk=tariff.pk).price == Decimal(300)
    assert support.post(url, filled(support.get(url), capacity=3)).status_code == 302
    service.refresh_from_db()
    assert service.capacity == 3


def test_the_kind_of_a_service_with_tickets_stays(support: Client) -> None:
    service = make_pool()
    make_ticket(service=service, period=hours("10", "12"))
    url = address(Service, "change", service.pk)

    page = support.post(url, filled(support.get(url), kind="seats"))

    assert list(errors_of(page)) == ["kind"]
    service.refresh_from_db()
    assert service.kind == "pool"


def test_the_clock_of_a_location_with_tickets_and_the_unit_of_a_tariff_stay(support: Client) -> None:
    tariff = make_tariff(service=make_pool(location=make_location(time_zone="Europe/Berlin")))
    place = address(Location, "change", tariff.service.location_id)
    support.post(place, filled(support.get(place), time_zone="Asia/Omsk"))
    assert Location.objects.get().time_zone == "Asia/Omsk"
    make_order(tariff=tariff)
    pages = {
        place: {"time_zone": "Europe/Berlin"},
        address(Service, "change", tariff.service_id): {"tariffs-0-unit": "day"},
    }
    for url, changes in pages.items():
        assert support.post(url, {**filled(support.get(url)), **changes}).status_code == 302
    assert (Location.objects.get().time_zone, Tariff.objects.get().unit) == ("Asia/Omsk", "hour")


@pytest.mark.parametrize("changes", [{"seats-0-is_active": ""}, {"extras-0-stock": 1}], ids=["seat", "extra"])
def test_booked_places_are_not_removed(support: Client, changes: dict[str, Any]) -> None:
    service = make_seats()
    extra = make_extra(service=service, stock=2)
    make_order(tariff=make_tariff(service=service), seat_ids=(seat_of(service, "A1").pk,), extras={extra.pk: 2})
    # The database reads its own clock.
    period = hours("10", "12", day=date(2090, 1, 2))
    Ticket.objects.update(period=period, occupied=period)
    url = address(Service, "change", service.pk)

    page = support.post(url, filled(support.get(url), name="Иначе", **changes))

    assert list(errors_of(page)) == ["__all__"]
    assert list(Extra.objects.values_list("stock", flat=True)) == [2]
    assert not Service.objects.filter(name="Иначе").exists()
    assert not service.seats.filter(is_active=False).exists()


def test_an_icon_that_nobody_knows_is_refused(support: Client) -> None:
    service = make_pool()
    make_extra(service=service)
    url = address(Service, "change", service.pk)
    page = support.post(url, filled(support.get(url), **{"extras-0-icon": "nothing"}))
    wrong = [list(row) for inline in page.context["inline_admin_formsets"] for row in inline.formset.errors]
    assert (page.status_code, [names for names in wrong if names]) == (200, [["icon"]])
    assert not Extra.objects.filter(icon="nothing").exists()


def test_another_error_of_the_database_is_not_hidden(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("something new")

    monkeypatch.setattr(admin.site._registry[Block], "save_model", fail)

    with pytest.raises(IntegrityError, match="something new"):
        support.post(address(Block, "add"), block_data(make_pool()))


def test_a_service_is_made_with_everything_under_it(support: Client) -> None:
    location = make_location()
    page = support.get(address(Service, "add"))
    rows = {
        **{"tariffs-TOTAL_FORMS": 1, "tariffs-0-name": "Час", "tariffs-0-unit": "hour", "tariffs-0-price": "300"},
        **{"tariffs-0-min_units": 1, "tariffs-0-max_units": 12, "tariffs-0-step_minutes": 30},
        **{"tariffs-0-position": 0, "tariffs-0-is_active": "on"},
        **{"seats-TOTAL_FORMS": 1, "seats-0-label": "A1", "seats-0-table": 1, "seats-0-position": 0},
        **{"extras-TOTAL_FORMS": 1, "extras-0-name": "Локер", "extras-0-icon": "package", "extras-0-price": "150"},
        **{"extras-0-max_quantity": 5, "extras-0-position": 0},
    }
    data = filled(page, location=location.pk, name="Тихая зона", kind="seats", payment_methods=["invoice"], **rows)

    assert support.post(address(Service, "add"), {**data, "overridable_rules": []}).status_code == 302

    service = Service.objects.get()
    assert (service.location, service.payment_methods, service.overridable_rules) == (location, ["invoice"], [])
    assert [(t.name, t.price) for t in service.tariffs.all()] == [("Час", Decimal(300))]
    assert [seat.label for seat in service.seats.all()] == ["A1"]
    assert [extra.name for extra in service.extras.all()] == ["Локер"]
    elsewhere = make_location()
    url = address(Service, "change", service.pk)
    support.post(url, filled(support.get(url), location=elsewhere.pk, name="Громкая зона"))
    service.refresh_from_db()
    assert (service.name, service.location) == ("Громкая зона", location)


# Locations


@pytest.mark.parametrize("typed", ["8 (831) 253-01-17", "+7 831 253-01-17", "78312530117"])
def test_the_phone_of_a_location_is_taken_in_any_spelling(support: Client, typed: str) -> None:
    location = make_location()
    url = address(Location, "change", location.pk)

    support.post(url, filled(support.get(url), phone=typed))

    location.refresh_from_db()
    assert str(location.phone) == "+78312530117"
    assert filled(support.get(url))["phone"] == "+7 831 253-01-17"
    support.post(url, filled(support.get(url), phone=""))
    location.refresh_from_db()
    assert location.phone == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("8 831 253-01-1", "Не хватает 1 цифры: +7 и ещё 10 цифр."),
        ("8 831 253-01-17 доб. 5", "Такого номера нет: укажите +7 и ещё 10 цифр."),
    ],
)
def test_a_wrong_phone_of_a_location_is_refused_in_our_words(support: Client, typed: str, words: str) -> None:
    location = make_location(phone="+78312530117")
    url = address(Location, "change", location.pk)

    page = support.post(url, filled(support.get(url), phone=typed, name="Другое"))

    errors = errors_of(page)["phone"]
    assert [error.replace("\u00a0", " ") for error in errors] == [words]
    assert Location.objects.values_list("name", "phone").get() == (location.name, "+78312530117")

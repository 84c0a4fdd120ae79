"""Django admin for support: every page opens for support alone, and what must not change does not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Model
from django.forms import BaseForm, MultiWidget
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Membership, Role, User
from coworking.models import Block, Location, OpeningHours, Service, Tariff, Ticket
from orders.models import EventKind, LineKind, Message, MessageKind, Order, OrderEvent, OrderLine, OrderStatus
from tests.factories import (
    make_block,
    make_extra,
    make_location,
    make_manager,
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now", "plain_static_files")]

OURS = (Location, Service, Block, Ticket, User, Membership, Order)
SHOWN_ONLY = (Ticket, Order, ProcrastinateJob)  # nothing to add by hand
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
by_label = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


@pytest.fixture
def plain_static_files(settings: Any) -> None:
    """Link static files by their own names: nobody has collected them."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def support(client: Client) -> Client:
    """Sign in as a superuser."""
    client.force_login(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    return client


def address(model: type[Model], page: str, *args: Any) -> str:
    """Return the address of an admin page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def make_one_of_each() -> dict[type[Model], Model]:
    """Save a row of every registered model, none of which shares a person or a location with another."""
    tariff = make_tariff(service=make_seats())
    order = make_order(tariff=tariff)
    EmailAddress.objects.create(user=order.customer, email=f"other-{order.pk}@example.com")
    return {
        Location: make_location(),
        Service: tariff.service,
        Block: make_block(service=make_seats(), period=hours("10", "12")),
        Ticket: Ticket.objects.latest("number"),
        User: make_user(created_by=make_user()),
        Membership: Membership.objects.latest("pk"),
        Order: order,
        EmailAddress: EmailAddress.objects.latest("pk"),
        ProcrastinateJob: ProcrastinateJob.objects.latest("id"),
    }


def queries_of(client: Client, url: str) -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send from this page, with some values changed."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {name: value for form in forms for name, value in _typed(form).items()}
    return {**values, **changes}


def _typed(form: BaseForm) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in form:
        value, widget = field.value(), field.field.widget
        if isinstance(widget, MultiWidget):
            parts = widget.decompress(value)
            values |= {f"{field.html_name}_{n}": "" if part is None else str(part) for n, part in enumerate(parts)}
        elif value is not False:
            values[field.html_name] = "" if value is None else value
    return values


def errors_of(page: Any) -> dict[str, list[str]]:
    """Return the errors of the main form."""
    assert page.status_code == 200
    return dict(page.context["adminform"].form.errors)


# Pages


@by_label
def test_support_opens_every_page(support: Client, model: type[Model]) -> None:
    row = make_one_of_each().get(model) or model._default_manager.first()

    assert support.get(address(model, "changelist")).status_code == 200
    assert support.get(address(model, "changelist") + "?q=петров").status_code == 200
    assert support.get(address(model, "add")).status_code == (403 if model in SHOWN_ONLY else 200)
    if row:
        assert support.get(address(model, "change", row.pk)).status_code == 200


@by_label
@pytest.mark.parametrize("who", ["anonymous", "customer", "manager", "staff without rights"])
def test_others_stay_out(client: Client, model: type[Model], who: str) -> None:
    people: dict[str, Callable[[], User]] = {
        "customer": make_user,
        "manager": lambda: make_manager(location=make_location()),
        "staff without rights": lambda: make_user(is_staff=True),
    }
    if who in people:
        client.force_login(people[who]())
    row = make_one_of_each().get(model)
    pages = [address(model, "changelist"), address(model, "add")] + ([address(model, "change", row.pk)] if row else [])

    for page in pages:
        for answer in (client.get(page), client.post(page)):
            assert answer.status_code == (403 if who == "staff without rights" else 302)


def test_the_sign_in_of_admin_is_that_of_everybody(client: Client) -> None:
    answer = client.get(reverse("admin:login"))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, reverse("account_login"))

    client.force_login(make_user())
    assert client.get(reverse("admin:login")).status_code == 403


# Queries


@pytest.mark.parametrize("model", OURS)
def test_a_list_of_three_takes_as_many_queries_as_one_of_one(support: Client, model: type[Model]) -> None:
    make_one_of_each()
    queries_of(support, address(model, "changelist"))
    for_one = queries_of(support, address(model, "changelist"))
    make_one_of_each()
    make_one_of_each()

    assert queries_of(support, address(model, "changelist")) == for_one
    assert queries_of(support, address(model, "changelist") + "?q=петров") <= for_one


def grow_location(location: Location) -> None:
    number = location.opening_hours.count()
    OpeningHours.objects.create(location=location, weekday=number)


def grow_service(service: Service) -> None:
    make_tariff(service=service)
    make_extra(service=service)
    service.seats.create(label=f"B{service.seats.count()}")
    make_seats()  # and another service with seats to choose from, for blocks


def grow_user(user: User) -> None:
    Membership.objects.create(user=user, location=make_location(), role=Role.RENTAL_MANAGER)


def grow_order(order: Order) -> None:
    ticket = make_ticket(service=make_pool(), period=hours("10", "12"))
    OrderLine.objects.create(
        order=order,
        kind=LineKind.TARIFF,
        ticket=ticket,
        title="Час",
        quantity=Decimal(1),
        unit_price=Decimal(300),
        amount=Decimal(300),
    )
    OrderEvent.objects.create(order=order, kind=EventKind.STATUS_CHANGED, by=make_user())
    kind = list(MessageKind)[order.messages.count()]
    Message.objects.create(order=order, kind=kind, to="person@example.com")


def grow_block(block: Block) -> None:
    grow_service(block.service)


GROWTH: dict[type[Model], Callable[[Any], None]] = {
    Location: grow_location,
    Service: grow_service,
    User: grow_user,
    Order: grow_order,
    Block: grow_block,
}


@pytest.mark.parametrize("model", GROWTH)
def test_a_page_with_three_of_everything_takes_as_many_queries_as_with_one(support: Client, model: type[Model]) -> None:
    rows: dict[type[Model], Model] = {
        **make_one_of_each(),
        Location: make_location(weekly={}),
        Service: make_pool(),
        Order: make_order(email=""),
    }
    row, grow = rows[model], GROWTH[model]
    grow(row)
    queries_of(support, address(model, "change", row.pk))
    for_one = queries_of(support, address(model, "change", row.pk))
    grow(row)
    grow(row)

    assert queries_of(support, address(model, "change", row.pk)) == for_one


# Search


def found(client: Client, model: type[Model], text: str) -> list[Any]:
    return list(client.get(address(model, "changelist"), {"q": text}).context["cl"].result_list)


@pytest.mark.parametrize("text", ["федор", "ФЁДОР", "пётр федоров", "atljhjd", "4821", "8 (916) 204-48-21", "fedorov@"])
def test_a_person_is_found_as_remembered(support: Client, text: str) -> None:
    make_user(last_name="Хведоров", phone="+79160000000", email="not-fedorov@example.com")
    person = make_user(
        last_name="Фёдоров", first_name="Пётр", phone="+79162044821", email="fedorov@example.com", is_active=False
    )
    role = Membership.objects.create(user=person, location=make_location(), role=Role.RENTAL_MANAGER)

    assert found(support, User, text) == [person]
    assert found(support, Membership, text) == [role]


@pytest.mark.parametrize("text", ["федор", "4821", "8 (916) 204-48-21", "fedorov@", "number"])
def test_an_order_and_its_ticket_are_found(support: Client, text: str) -> None:
    make_order()
    customer = make_user(last_name="Фёдоров", phone="+79162044821", email="fedorov@example.com")
    order = make_order(customer=customer)
    ticket = Ticket.objects.get(visitor=customer)

    assert found(support, Order, str(order.number) if text == "number" else text) == [order]
    assert found(support, Ticket, str(ticket.number) if text == "number" else text) == [ticket]


def test_an_order_is_found_by_the_contacts_given_for_it_alone(support: Client) -> None:
    order = make_order(phone="+79031112233", email="desk@example.com")

    assert found(support, Order, "2233") == [order]
    assert found(support, Order, "Desk@example") == [order]


@pytest.mark.parametrize("model", OURS)
@pytest.mark.parametrize("text", ["№", "%", "9" * 40, "12", " ", "'"])
def test_a_strange_text_breaks_no_search(support: Client, model: type[Model], text: str) -> None:
    make_one_of_each()

    assert support.get(address(model, "changelist"), {"q": text}).status_code == 200


# What nobody changes by hand


@pytest.mark.parametrize("model", [Order, Ticket])
def test_orders_and_tickets_are_not_added_or_deleted(support: Client, model: type[Model]) -> None:
    row = make_one_of_each()[model]
    before = saved_rows()

    answers = [
        support.post(address(model, "add"), {"status": "confirmed"}),
        support.get(address(model, "delete", row.pk)),
        support.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "delete_selected" not in support.get(address(model, "changelist")).text
    support.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert saved_rows() == before


def test_a_ticket_is_not_changed(support: Client) -> None:
    ticket = make_one_of_each()[Ticket]
    before = saved_rows()

    answer = support.post(address(Ticket, "change", ticket.pk), {"status": "cancelled"})

    assert answer.status_code == 403
    assert saved_rows() == before
    assert ticket.code not in support.get(address(Ticket, "change", ticket.pk)).text


def test_support_writes_the_internal_note_of_an_order_and_nothing_else(support: Client) -> None:
    order = make_order()
    before = saved_rows()
    page = support.get(address(Order, "change", order.pk))
    forged = {
        **{"status": "cancelled", "payment_method": "free", "customer_name": "Никто", "phone": "+79990000000"},
        **{"comment": "ничего", "lines-0-amount": "1", "lines-0-DELETE": "on", "events-0-DELETE": "on"},
        **{"lines-TOTAL_FORMS": "5", "lines-4-title": "Ещё", "lines-4-amount": "1", "events-TOTAL_FORMS": "5"},
        **{"events-4-kind": "created", "messages-TOTAL_FORMS": "5", "messages-0-DELETE": "on"},
    }

    answer = support.post(address(Order, "change", order.pk), filled(page, internal_note="Звонил", **forged))

    assert answer.status_code == 302
    after = saved_rows()
    assert after["Order"][0].pop("internal_note") == "Звонил"
    assert before["Order"][0].pop("internal_note") == ""
    assert after == before


def test_the_note_does_not_bring_back_a_status_that_has_moved_on(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order()
    data = filled(support.get(address(Order, "change", order.pk)), internal_note="Звонил")
    read = admin.site._registry[Order].get_object

    def read_just_before_it_moves(*args: Any, **kwargs: Any) -> Any:
        seen = read(*args, **kwargs)
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.COMPLETED)
        return seen

    monkeypatch.setattr(admin.site._registry[Order], "get_object", read_just_before_it_moves)
    support.post(address(Order, "change", order.pk), data)

    order.refresh_from_db()
    assert (order.internal_note, order.status) == ("Звонил", OrderStatus.COMPLETED)


def test_an_order_shows_its_money_and_the_clock_of_its_location(support: Client) -> None:
    location = make_location(time_zone="Asia/Yekaterinburg")
    order = make_order(tariff=make_tariff(service=make_pool(location=location), price="1150"))

    page = support.get(address(Order, "change", order.pk)).text
    listed = support.get(address(Order, "changelist")).text

    assert "None" not in page
    for text in (page, listed):
        assert "2\u00a0300\u00a0₽" in text
        assert "25.11.2026 10:00–12:00" in text
        assert "24.11.2026 11:00" in text


# Services and blocks: what the database refuses


def test_a_block_is_read_by_the_clock_of_its_location(support: Client) -> None:
    service = make_seats(location=make_location(time_zone="Europe/Berlin"))
    data = {
        **{"service": service.pk, "seat": seat_of(service, "A1").pk, "places": 1, "reason": "Ремонт"},
        **{"starts_at_0": "25.11.2026", "starts_at_1": "10:00", "ends_at_0": "25.11.2026", "ends_at_1": "12:00"},
    }

    support.post(address(Block, "add"), data)

    block = Block.objects.get()
    assert (block.period.lower, block.period.upper) == (
        moment("2026-11-25 10:00", BERLIN),
        moment("2026-11-25 12:00", BERLIN),
    )
    assert block.created_by.email == "support@example.com"
    page = support.get(address(Block, "change", block.pk))
    assert filled(page)["starts_at_1"] == "10:00:00"
    support.post(address(Block, "change", block.pk), filled(page, reason="Уборка", ends_at_1="13:00"))
    block.refresh_from_db()
    assert (block.reason, block.period.lower, block.period.upper) == (
        "Уборка",
        moment("2026-11-25 10:00", BERLIN),
        moment("2026-11-25 13:00", BERLIN),
    )


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
    assert block.period == hours("10", "12").to_range()


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
        make_ticket(service=service, period=hours("10", "12"))
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


def test_another_error_of_the_database_is_not_hidden(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import IntegrityError

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


# People


def person_data(**changes: Any) -> dict[str, Any]:
    return {
        **{"last_name": "Фёдоров", "first_name": "Пётр", "phone": "8 (916) 204-48-21", "email": "Fedorov@Example.com"},
        **{"usable_password": "false", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0},
        **changes,
    }


def test_support_registers_a_person_without_a_password(support: Client) -> None:
    answer = support.post(address(User, "add"), person_data())

    person = User.objects.get(email="fedorov@example.com")
    assert answer.status_code == 302
    assert (person.phone, person.name_key, person.has_usable_password(), person.created_by.email) == (
        *("+79162044821", " федоров петр", False),
        "support@example.com",
    )


def test_a_person_may_have_neither_phone_nor_email(support: Client) -> None:
    for _twice in range(2):
        assert support.post(address(User, "add"), person_data(phone="", email="")).status_code == 302

    assert list(User.objects.filter(last_name="Фёдоров").values_list("phone", "email")) == [(None, None)] * 2


def test_a_known_phone_or_email_is_refused_in_any_spelling(support: Client) -> None:
    make_user(phone="+79162044821", email="fedorov@example.com")

    page = support.post(address(User, "add"), person_data())
    nonsense = support.post(address(User, "add"), person_data(phone="12", email=""))

    assert set(errors_of(page)) == {"phone", "email"}
    assert set(errors_of(nonsense)) == {"phone"}
    assert not User.objects.filter(last_name="Фёдоров").exists()


@pytest.mark.parametrize("email", [None, "fedorov@example.com"])
def test_a_person_without_a_password_gets_one_and_loses_it(support: Client, email: str | None) -> None:
    person = make_user(last_name="Фёдоров", first_name="Пётр", email=email)
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    assert support.get(address(User, "change", person.pk)).status_code == 200

    assert "Фёдоров Пётр" in str(support.get(url).context["title"])
    words = {"password1": "gorod-reka-42", "password2": "gorod-reka-42"}
    support.post(url, {**words, "usable_password": "true", "set-password": "1"})
    person.refresh_from_db()
    assert person.check_password("gorod-reka-42")

    support.post(url, {"usable_password": "false", "unset-password": "1"})
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_support_gives_and_takes_a_role(support: Client) -> None:
    person, location, other = make_user(), make_location(), make_location()
    url = address(User, "change", person.pk)
    role = {"memberships-0-role": "rental_manager", "memberships-0-location": location.pk}
    support.post(url, filled(support.get(url), **{"memberships-TOTAL_FORMS": 1, **role}))
    held = Membership.objects.get()
    assert (held.user, held.location, held.role) == (person, location, Role.RENTAL_MANAGER)

    support.post(url, filled(support.get(url), **{"memberships-0-location": other.pk}))
    held.refresh_from_db()
    assert held.location == location

    support.post(url, filled(support.get(url), **{"memberships-0-DELETE": "on"}))
    assert not Membership.objects.exists()


def test_saving_a_person_unchanged_logs_no_change_and_keeps_who_registered_them(support: Client) -> None:
    creator = make_user()
    person = make_user(phone="+79162044821", created_by=creator, consent_at=NOW)
    url = address(User, "change", person.pk)
    page = support.get(url)
    shown = page.context["adminform"].form["phone"].field.prepare_value("+79162044821")

    support.post(url, filled(page, phone=shown, created_by=person.pk))

    entry = admin.models.LogEntry.objects.get()
    assert entry.get_change_message() == entry.__class__(change_message="[]", action_flag=2).get_change_message()
    person.refresh_from_db()
    assert (person.created_by, person.phone) == (creator, "+79162044821")


def test_a_former_email_does_not_open_the_account_any_more(support: Client) -> None:
    person = make_user(email="old@example.com")
    EmailAddress.objects.create(user=person, email="old@example.com", primary=True, verified=True)
    url = address(User, "change", person.pk)

    support.post(url, filled(support.get(url), email="new@example.com"))

    person.refresh_from_db()
    assert person.email == "new@example.com"
    assert not EmailAddress.objects.exists()


def test_support_that_is_no_superuser_gives_nobody_rights(client: Client) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(helper)
    person, boss = make_user(), make_user(is_staff=True, is_superuser=True)
    url = address(User, "change", person.pk)

    answer = client.post(url, filled(client.get(url), company="Ромашка", is_staff="on", is_superuser="on"))

    assert answer.status_code == 302
    person.refresh_from_db()
    assert (person.company, person.is_staff, person.is_superuser) == ("Ромашка", False, False)
    for protected in (boss, helper):
        assert client.post(address(User, "change", protected.pk), {}).status_code == 403
        assert client.get(address(User, "change", protected.pk)).status_code == 200
        assert client.get(address(User, "delete", protected.pk)).status_code == 403
        assert client.get(reverse("admin:auth_user_password_change", args=[protected.pk])).status_code == 403

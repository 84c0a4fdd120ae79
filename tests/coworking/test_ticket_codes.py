"""The signed codes of tickets: their content, alterations, and old versions."""

import uuid
from datetime import timedelta

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coworking.domain import ticket_codes
from coworking.domain.reading import looks_like_a_code, read_ticket
from coworking.domain.ticket_codes import CodeAltered
from coworking.domain.visits import TicketPassedOn, TicketUnknown
from coworking.models import Location, Ticket, VisitSource
from olvery.shared.search import as_russian_keys
from tests.factories import make_location, make_pool, make_ticket, make_user
from tests.moments import hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def ticket(location: Location) -> Ticket:
    return make_ticket(service=make_pool(location=location), period=hours("10", "12"))


def test_a_code_says_what_its_location_signed(location: Location, ticket: Ticket) -> None:
    text = ticket_codes.code_of(ticket)
    code = ticket_codes.parse(text)
    assert code is not None
    assert (code.location_id, code.number, code.version) == (location.pk, ticket.pk, 0)
    public_key = Ed25519PublicKey.from_public_bytes(ticket_codes.public_key_of(location))
    public_key.verify(code.signature, code.signed)
    assert (len(text), ticket_codes.code_of(ticket)) == (132, text)


def test_a_code_is_read_from_a_small_picture(ticket: Ticket) -> None:
    code = segno.make(ticket_codes.code_of(ticket), error="m", micro=False)
    assert (code.mode, code.version) == ("alphanumeric", 6)


@pytest.mark.parametrize("layout", ["as printed", "small", "Russian"])
def test_a_scanner_may_type_a_code_in_any_layout(location: Location, ticket: Ticket, layout: str) -> None:
    text = ticket_codes.code_of(ticket)
    typed = {"as printed": text, "small": text.lower(), "Russian": as_russian_keys(text).upper()}[layout]
    assert read_ticket(location, typed) == (ticket, VisitSource.CODE)
    assert read_ticket(location, ticket.code) == (ticket, VisitSource.CODE)


@pytest.mark.parametrize("place", [14, 20, 60, 130])
def test_an_altered_code_is_refused(location: Location, ticket: Ticket, place: int) -> None:
    text = ticket_codes.code_of(ticket)
    altered = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    with pytest.raises(CodeAltered):
        read_ticket(location, altered)


def test_a_code_of_another_key_is_refused(location: Location, ticket: Ticket) -> None:
    text = ticket_codes.code_of(ticket)
    location.door_secret = uuid.uuid4()
    with pytest.raises(CodeAltered):
        read_ticket(location, text)


def test_a_code_of_another_location_is_not_found(ticket: Ticket) -> None:
    with pytest.raises(TicketUnknown):
        read_ticket(make_location(), ticket_codes.code_of(ticket))


def codes_of(ticket: Ticket) -> tuple[str, str]:
    """Return both present codes of a ticket: the signed one, and the one on old papers."""
    ticket = Ticket.objects.select_related("service__location").get(pk=ticket.pk)
    return ticket_codes.code_of(ticket), ticket.code


def test_a_code_of_a_visitor_before_lets_nobody_in(location: Location, ticket: Ticket) -> None:
    first, second = ticket.visitor, make_user()
    signed, plain = codes_of(ticket)
    Ticket.objects.update(visitor=second)
    with pytest.raises(TicketPassedOn):
        read_ticket(location, signed)
    assert not Ticket.objects.filter(code=plain).exists()
    assert [read_ticket(location, code) for code in codes_of(ticket)] == [(ticket, VisitSource.CODE)] * 2

    Ticket.objects.update(visitor=first)  # a code that was given away once does not come back
    with pytest.raises(TicketPassedOn):
        read_ticket(location, signed)


def test_only_another_visitor_makes_another_version(ticket: Ticket) -> None:
    Ticket.objects.update(visitor=make_user())
    ticket.save()  # a visitor who is written back counts as another one once more
    Ticket.objects.update(code_version=0, visitor_name="Иванова", period=ticket.period.extended(timedelta(hours=-1)))
    assert Ticket.objects.get().code_version == 2


def test_a_code_without_a_version_is_of_the_first_visitor(
    location: Location, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(ticket_codes, "FORMAT", ticket_codes.WITHOUT_VERSION)
        ticket.code_version = 40_000  # a character of another kind was there
        text = ticket_codes.code_of(ticket)
    assert read_ticket(location, text) == (ticket, VisitSource.CODE)
    Ticket.objects.update(visitor=make_user())
    with pytest.raises(TicketPassedOn):
        read_ticket(location, text)


def test_each_location_has_a_secret_of_its_own() -> None:
    one, two = make_location(), make_location()
    assert one.door_secret != two.door_secret
    assert ticket_codes.public_key_of(one) != ticket_codes.public_key_of(two)


@pytest.mark.parametrize("text", ["", "A" * 131, "A" * 132, "1" * 132, "é" * 132])
def test_a_text_of_another_form_is_not_a_signed_code(text: str) -> None:
    assert ticket_codes.parse(text) is None


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("Ab-cDefGhiJklMno", True),
        ("фисВУАпрш_олджэё", True),
        ("abcdefgh1", True),
        ("Мамин-Сибиряк", False),
        ("Константинопольская", False),
        ("МАМИН-СИБИРЯК", False),
        ("abcDe1", False),
    ],
)
def test_a_code_without_a_digit_is_one_and_a_name_with_a_hyphen_is_none(text: str, is_code: bool) -> None:
    assert looks_like_a_code(text) == is_code

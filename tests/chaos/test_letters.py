"""Sent letters are counted: a missing, repeated or superfluous one is a difference."""

from pathlib import Path

from bench.chaos.letters import END, Letter, read_letters, repeated
from orders.models import Message, Order, OrderStatus
from tests.chaos.conftest import World


def file_of(world: World, kind: str, order: Order) -> Path:
    """Return the file of a letter."""
    message = Message.objects.get(order=order, kind=kind)
    return next(file for file in world.mail.glob("*.log") if b"<message-%d@" % message.pk in file.read_bytes())


def send_again(file: Path, *, key: int | None = None) -> None:
    """Write a letter once more, with its own Message-ID or another one."""
    text = file.read_bytes()
    head, _mark, tail = text.partition(b"<message-")
    other = text if key is None else head + b"<message-%d@" % key + tail.partition(b"@")[2]
    file.with_name(f"again-{file.name}").write_bytes(other)


def test_letters_are_read_as_they_went_out(world: World) -> None:
    letters = read_letters(world.mail)
    rows = Message.objects.filter(kind__in=["created", "paid", "refunded"]).values_list("pk", "kind", "order_id")
    assert {letter for letter in letters if letter.kind} == {Letter(*row) for row in rows}
    assert len(letters) == Message.objects.count()


def test_a_letter_that_never_went_out_is_a_difference(world: World) -> None:
    file_of(world, "paid", world.paid).unlink()
    message = Message.objects.get(order=world.paid, kind="paid")
    assert world.differences() == [f"letter {message.pk} (paid) never went out"]


def test_a_letter_that_was_not_written_to_its_end_never_went_out(world: World) -> None:
    file = file_of(world, "paid", world.paid)
    file.write_bytes(file.read_bytes().removesuffix(END))
    message = Message.objects.get(order=world.paid, kind="paid")
    assert world.differences() == [f"letter {message.pk} (paid) never went out"]


def test_a_letter_of_another_kind_than_its_row_is_a_difference(world: World) -> None:
    message = Message.objects.get(order=world.expired, kind="expired")
    Message.objects.filter(pk=message.pk).update(kind="deadline")
    assert world.differences() == []  # neither is known by its subject
    Message.objects.filter(pk=message.pk).update(kind="paid")
    assert world.differences() == [f"letter {message.pk} (paid) went out as ['']"]


def test_a_repeated_letter_needs_a_killed_worker(world: World) -> None:
    send_again(file_of(world, "created", world.paid))
    assert repeated(read_letters(world.mail)) == 1
    assert world.differences(worker_kills=1) == []
    assert world.differences(worker_kills=0) == ["1 letters were repeated, but only 0 workers were killed"]


def test_a_second_letter_about_the_same_is_a_difference(world: World) -> None:
    for key, kind in enumerate(("created", "paid", "refunded"), start=10**6):
        send_again(file_of(world, kind, world.returned), key=key)
    number = world.returned.pk
    assert world.differences() == [
        f"order {number} is confirmed: 2 letters say that it was made",
        f"order {number} has 1 payments and 2 letters about them",
        f"order {number} has 1 refunds and 2 letters about them",
    ]


def test_a_missing_first_letter_is_a_difference_unless_the_order_was_cancelled(world: World) -> None:
    file_of(world, "created", world.paid).unlink()
    Message.objects.filter(order=world.paid, kind="created").delete()
    assert world.differences() == [f"order {world.paid.pk} is confirmed: 0 letters say that it was made"]
    Order.objects.filter(pk=world.paid.pk).update(status=OrderStatus.CANCELLED)
    assert not any("letters" in line for line in world.differences())


def test_a_refund_that_no_letter_tells_of_is_a_difference(world: World) -> None:
    file_of(world, "refunded", world.returned).unlink()
    Message.objects.filter(kind="refunded").delete()
    assert world.differences() == [
        f"order {world.returned.pk} has 1 refunds and 0 letters about them",
        f"refund {world.refund.pk} was told of in 0 letters",
    ]

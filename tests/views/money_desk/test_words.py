"""What differs, in words: nobody reads a code of ours or the provider's."""

import pytest

from orders.domain.money.facts import Difference, DifferenceField, Mismatch
from orders.wording import mismatch_text

STRANGE = Mismatch(text="как было записано раньше")


@pytest.mark.parametrize("field", DifferenceField)
def test_every_difference_has_words(field: DifferenceField) -> None:
    words = mismatch_text(Mismatch(differences=(Difference(field, "1", "2"),)))
    assert words.isprintable()
    assert not any(sign.isdigit() for sign in words)


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference(DifferenceField.AMOUNT, "600.00", "6.00"), "в ЮKassa другая сумма"),
        (Difference(DifferenceField.ID, "1", "2"), "вместо этого платежа отвечает другой"),
        (Difference(DifferenceField.ID, "1", ""), "в ЮKassa нет этого платежа"),
        (Difference(DifferenceField.STATUS, "succeeded", "canceled"), "ЮKassa отменила то, что считала оплаченным"),
        (Difference(DifferenceField.STATUS, "failed", "succeeded"), "в ЮKassa прошёл возврат, который здесь не удался"),
    ],
)
def test_a_difference_is_told_apart_by_its_facts(difference: Difference, words: str) -> None:
    assert mismatch_text(Mismatch(differences=(difference,))) == words


def test_several_differences_are_all_told_each_once() -> None:
    fields = (DifferenceField.ATTEMPT, DifferenceField.ENVIRONMENT, DifferenceField.SHOP)
    several = Mismatch(differences=tuple(Difference(field, "1", "2") for field in fields))
    assert mismatch_text(several) == "в платеже не назван этот заказ, платёж принадлежит другому магазину"


def test_what_an_older_version_wrote_down_stays_readable() -> None:
    assert mismatch_text(STRANGE) == "как было записано раньше"

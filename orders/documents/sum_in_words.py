"""Sums in words, as a Russian payment document spells them."""

from decimal import Decimal

from olvery.shared.money import to_kopecks

ONES = ["", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
FEMININE = {"один": "одна", "два": "две"}
TEENS = [
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
TENS = ["", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"]
HUNDREDS = ["", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]

ROUBLES = ("рубль", "рубля", "рублей")
KOPECKS = ("копейка", "копейки", "копеек")
THOUSANDS = ("тысяча", "тысячи", "тысяч")
SCALES = (("миллиард", "миллиарда", "миллиардов"), ("миллион", "миллиона", "миллионов"), THOUSANDS)
TOO_MUCH = 10**12


def amount_in_words(amount: Decimal) -> str:
    """Spell a sum: «Две тысячи шестьсот рублей 00 копеек», kopecks in digits as payment documents have them.

    Raises ValueError for a negative sum and from a trillion roubles on.
    """
    amount = to_kopecks(amount)
    if not 0 <= amount < TOO_MUCH:
        raise ValueError(f"no words for {amount}")
    roubles, kopecks = divmod(int(amount * 100), 100)
    text = f"{_number(roubles)} {plural(roubles, ROUBLES)} {kopecks:02} {plural(kopecks, KOPECKS)}"
    return text[0].upper() + text[1:]


def plural(number: int, forms: tuple[str, str, str]) -> str:
    """Pick the form for a number: 1 рубль, 2 рубля, 5 рублей; the forms come in this order."""
    if number % 100 in range(11, 15):
        return forms[2]
    return {1: forms[0], 2: forms[1], 3: forms[1], 4: forms[1]}.get(number % 10, forms[2])


def _number(number: int) -> str:
    if not number:
        return "ноль"
    words: list[str] = []
    for power, scale in zip((9, 6, 3), SCALES, strict=True):
        if group := number // 10**power % 1000:
            words += [*_group(group, feminine=scale is THOUSANDS), plural(group, scale)]
    words += _group(number % 1000, feminine=False)
    return " ".join(words)


def _group(number: int, *, feminine: bool) -> list[str]:
    """Return the words of a number below a thousand."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    last = TEENS[ones] if tens == 1 else ONES[ones]
    return [word for word in (HUNDREDS[hundreds], TENS[tens], FEMININE.get(last, last) if feminine else last) if word]

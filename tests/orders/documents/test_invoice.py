import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pypdf
import pytest
import segno
from django.utils import translation

from olvery.shared.requisites import Requisites
from orders.documents.invoice import Buyer, Invoice, invoice_pdf
from orders.documents.lines import DocumentLine, vat_of
from orders.documents.payment_qr import payment_qr, payment_qr_svg
from orders.documents.sum_in_words import amount_in_words

SELLER = Requisites(
    name="ООО «Три кита»",
    inn="7707083893",
    kpp="773601001",
    ogrn="1027700132195",
    address="117312, г. Москва, ул. Вавилова, д. 19",
    bank_name='ПАО "БАНК"',
    bic="044525225",
    account="40702810138250123017",
    corr_account="30101810400000000225",
    director="Смирнова А. В.",
    accountant="Ковалёва О. П.",
)
SOLE_TRADER = replace(
    SELLER,
    name="ИП Богданов Александр Сергеевич",
    inn="500100732259",
    kpp="",
    ogrn="304500116000157",
    director="Богданов А. С.",
    accountant="",
)
PURPOSE = "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС"
DAY = DocumentLine(
    title="Коворкинг, день", quantity=Decimal(2), unit="день", price=Decimal("1150.00"), amount=Decimal("2300.00")
)
LOCKER = DocumentLine(
    title="Шкафчик", quantity=Decimal("2.5"), unit="шт.", price=Decimal("120.00"), amount=Decimal("300.00")
)


def taxed(line: DocumentLine, rate: str | None) -> DocumentLine:
    return replace(line, vat_rate=None if rate is None else Decimal(rate))


def an_invoice(**changes: Any) -> Invoice:
    values: dict[str, Any] = {
        "number": "17",
        "issued_on": date(2026, 10, 14),
        "pay_by": date(2026, 10, 21),
        "seller": SELLER,
        "buyer": Buyer(name="АО «Север»", inn="7810000001", kpp="781001001", address="г. Санкт-Петербург"),
        "lines": (DAY, LOCKER),
        "total": Decimal("2600.00"),
        "reason": "Заказ № 1042",
        "what": "заказ № 1042",
    }
    return Invoice(**{**values, **changes})


def pages_of(pdf: bytes) -> list[str]:
    """Read the text of each page, with one space wherever there are spaces or a line ends."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_the_payment_code_follows_the_standard() -> None:
    assert payment_qr(SELLER, total=Decimal("2600.00"), purpose=PURPOSE) == (
        'ST00012|Name=ООО «Три кита»|PersonalAcc=40702810138250123017|BankName=ПАО "БАНК"|BIC=044525225'
        "|CorrespAcc=30101810400000000225|PayeeINN=7707083893|KPP=773601001|Sum=260000"
        "|Purpose=Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС"
    )


def test_the_payment_code_of_a_sole_trader_has_no_kpp() -> None:
    assert payment_qr(SOLE_TRADER, total=Decimal("0.05"), purpose="Оплата") == (
        "ST00012|Name=ИП Богданов Александр Сергеевич|PersonalAcc=40702810138250123017"
        '|BankName=ПАО "БАНК"|BIC=044525225|CorrespAcc=30101810400000000225|PayeeINN=500100732259|Sum=5'
        "|Purpose=Оплата"
    )


def test_a_separator_or_a_line_break_in_a_value_does_not_begin_a_field() -> None:
    seller = replace(SELLER, name="ООО «А|Sum=1»\r\n|", bank_name="Банк\t|BIC=1")
    code = payment_qr(seller, total=Decimal(1), purpose="Заказ|PayeeINN=1\n2")
    assert code == (
        "ST00012|Name=ООО «А/Sum=1» /|PersonalAcc=40702810138250123017|BankName=Банк /BIC=1|BIC=044525225"
        "|CorrespAcc=30101810400000000225|PayeeINN=7707083893|KPP=773601001|Sum=100|Purpose=Заказ/PayeeINN=1 2"
    )


def test_texts_are_cut_to_the_limits_of_the_standard() -> None:
    seller = replace(SELLER, name="N" * 200, bank_name="B" * 60)
    code = payment_qr(seller, total=Decimal(1), purpose="Я" * 300)
    assert code == (
        f"ST00012|Name={'N' * 160}|PersonalAcc=40702810138250123017|BankName={'B' * 45}|BIC=044525225"
        f"|CorrespAcc=30101810400000000225|PayeeINN=7707083893|KPP=773601001|Sum=100|Purpose={'Я' * 210}"
    )


def test_a_long_russian_name_is_cut_so_that_the_mandatory_fields_take_300_bytes() -> None:
    seller = replace(SELLER, name="Ы" * 160, bank_name="Б" * 45)
    code = payment_qr(seller, total=Decimal(1), purpose="Оплата")
    mandatory = code.removeprefix("ST00012|").partition("|PayeeINN=")[0]
    assert (mandatory, len(mandatory.encode())) == (
        f"Name={'Ы' * 58}|PersonalAcc=40702810138250123017|BankName={'Б' * 45}|BIC=044525225"
        "|CorrespAcc=30101810400000000225",
        300,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "4070281013825012301"},
        {"account": "٤٠٧٠٢٨١٠١٣٨٢٥٠١٢٣٠١٧"},
        {"bic": "04452522|"},
        {"corr_account": "30101810400000000225 "},
        {"inn": "77070838931"},
        {"kpp": "7736"},
    ],
)
def test_a_number_of_a_wrong_shape_makes_no_payment_code(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="of a payment code cannot be"):
        payment_qr(replace(SELLER, **wrong), total=Decimal(1), purpose="Оплата")


def test_a_negative_sum_makes_no_payment_code() -> None:
    with pytest.raises(ValueError, match="Sum of a payment code cannot be '-100'"):
        payment_qr(SELLER, total=Decimal(-1), purpose="Оплата")


def test_the_invoice_shows_the_payment_code_of_its_seller_sum_and_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {}
    monkeypatch.setattr("typst.compile", lambda *_args, sys_inputs, **_options: shown.update(sys_inputs))
    invoice_pdf(an_invoice())
    expected = segno.make_qr(payment_qr(SELLER, total=Decimal(2600), purpose=PURPOSE).encode(), error="m")
    assert [list(row) for row in dark_modules(shown["qr"])] == [list(row) for row in expected.matrix]


def dark_modules(svg: str) -> list[bytearray]:
    """Read the picture back: segno draws rows of modules as strokes, `m` moves and `h` draws."""
    side = int(re.search(r'width="(\d+)"', svg)[1])
    rows = [bytearray(side) for _ in range(side)]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        steps = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            for module in range(int(x), int(x + steps[0])):
                rows[int(y)][module] = 1
            x += steps[0]
        else:
            x, y = (steps[0], steps[1]) if command == "M" else (x + steps[0], y + steps[1])
    return rows


def test_the_longest_payment_code_fits_a_qr_code() -> None:
    seller = replace(SOLE_TRADER, name="Ы" * 160, bank_name="Б" * 45)
    assert payment_qr_svg(payment_qr(seller, total=Decimal("9999999999.99"), purpose="😀" * 210)).startswith("<svg")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Ноль рублей 00 копеек"),
        ("1", "Один рубль 00 копеек"),
        ("2", "Два рубля 00 копеек"),
        ("5", "Пять рублей 00 копеек"),
        ("11.11", "Одиннадцать рублей 11 копеек"),
        ("21.01", "Двадцать один рубль 01 копейка"),
        ("112.02", "Сто двенадцать рублей 02 копейки"),
        ("1000", "Одна тысяча рублей 00 копеек"),
        ("2001", "Две тысячи один рубль 00 копеек"),
        ("2600", "Две тысячи шестьсот рублей 00 копеек"),
        ("12345.67", "Двенадцать тысяч триста сорок пять рублей 67 копеек"),
        ("1000000", "Один миллион рублей 00 копеек"),
        ("2022002.22", "Два миллиона двадцать две тысячи два рубля 22 копейки"),
        ("5000000000.99", "Пять миллиардов рублей 99 копеек"),
        (
            "999999999999.99",
            "Девятьсот девяносто девять миллиардов девятьсот девяносто девять миллионов девятьсот девяносто девять "
            "тысяч девятьсот девяносто девять рублей 99 копеек",
        ),
    ],
)
def test_a_sum_is_spelled_in_roubles_with_kopecks_in_digits(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-0.01", "1000000000000", "999999999999.995"])
def test_a_sum_beyond_the_words_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no words for"):
        amount_in_words(Decimal(amount))


def test_the_purpose_quotes_the_invoice_the_order_and_the_vat() -> None:
    untaxed = replace(SELLER, vat_note="НДС не облагается (УСН)")

    def words(day: str | None, locker: str | None, seller: Requisites = SELLER) -> str:
        return an_invoice(seller=seller, lines=(taxed(DAY, day), taxed(LOCKER, locker))).purpose

    assert [words(None, None), words(None, None, untaxed), words("0", "0"), words("22", "22"), words("10", "22")] == [
        "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС",
        "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. НДС не облагается (УСН)",
        "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. В т. ч. НДС 0\u00a0% – 0,00 руб.",
        "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. В т. ч. НДС 22\u00a0% – 468,85 руб.",
        "Оплата по счёту № 17 от 14.10.2026, заказ № 1042. "
        "В т. ч. НДС 22\u00a0% – 54,10 руб., НДС 10\u00a0% – 209,09 руб.",
    ]


def test_vat_is_contained_in_the_sum_and_rounded_half_up() -> None:
    assert [vat_of(Decimal(total), Decimal(rate)) for total, rate in (("122", "22"), ("0.21", "5"), ("0.31", "5"))] == [
        Decimal("22.00"),
        Decimal("0.01"),
        Decimal("0.01"),
    ]


def test_an_invoice_of_a_company_says_all_on_one_page() -> None:
    assert pages_of(invoice_pdf(an_invoice())) == [
        'БИК 044525225ПАО "БАНК" Банк получателя Сч. № 30101810400000000225 '
        "ИНН 7707083893 КПП 773601001 Сч. № 40702810138250123017 ООО «Три кита» Получатель "
        "Счёт на оплату № 17 от 14 октября 2026 г. "
        "Поставщик ООО «Три кита», ИНН 7707083893, КПП 773601001, ОГРН 1027700132195, "
        "117312, г. Москва, ул. Вавилова, д. 19 "
        "Покупатель АО «Север», ИНН 7810000001, КПП 781001001, г. Санкт-Петербург "
        "Основание Заказ № 1042 "
        "№ Товары (работы, услуги) Кол‑во Ед. Цена, ₽ В т. ч. НДС Сумма, ₽ "
        "1 Коворкинг, день 2 день 1 150,00 без НДС 2 300,00 "
        "2 Шкафчик 2,5 шт. 120,00 без НДС 300,00 "
        "Итого 2 600,00 Без НДС – Всего к оплате 2 600,00 "
        "Всего наименований 2, на сумму 2 600,00 руб. Две тысячи шестьсот рублей 00 копеек "
        "Оплатить до 21 октября 2026 г. "
        "Назначение платежа Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС "
        "Реквизиты для оплаты ООО «Три кита», ИНН 7707083893, КПП 773601001 Счёт 40702810138250123017 "
        'ПАО "БАНК", БИК 044525225, корр. счёт 30101810400000000225 '
        "Руководитель Смирнова А. В. Бухгалтер Ковалёва О. П. Оплата в приложении банка"
    ]


def test_an_earlier_invoice_of_a_sole_trader_counts_no_discount_and_names_each_rate() -> None:
    discount = DocumentLine(title="10 %", quantity=Decimal(1), unit="", price=Decimal(-300), amount=Decimal(-300))
    invoice = an_invoice(
        seller=SOLE_TRADER,
        buyer=Buyer(name="Петров Иван"),
        lines=(taxed(DAY, "22"), taxed(LOCKER, "10"), taxed(discount, "22")),
        total=Decimal(2300),
        pay_by=None,
    )
    assert pages_of(invoice_pdf(invoice)) == [
        'БИК 044525225ПАО "БАНК" Банк получателя Сч. № 30101810400000000225 '
        "ИНН 500100732259 Сч. № 40702810138250123017 ИП Богданов Александр Сергеевич Получатель "
        "Счёт на оплату № 17 от 14 октября 2026 г. "
        "Поставщик ИП Богданов Александр Сергеевич, ИНН 500100732259, ОГРНИП 304500116000157, "
        "117312, г. Москва, ул. Вавилова, д. 19 "
        "Покупатель Петров Иван "
        "Основание Заказ № 1042 "
        "№ Товары (работы, услуги) Кол‑во Ед. Цена, ₽ В т. ч. НДС Сумма, ₽ "
        "1 Коворкинг, день 2 день 1 150,00 22 % 414,75 2 300,00 "
        "2 Шкафчик 2,5 шт. 120,00 10 % 27,27 300,00 "
        "3 10 % 1 −300,00 22 % −54,10 −300,00 "
        "Итого 2 300,00 В том числе НДС 22 % 360,65 В том числе НДС 10 % 27,27 Всего к оплате 2 300,00 "
        "Всего наименований 2, на сумму 2 300,00 руб. Две тысячи триста рублей 00 копеек "
        "Назначение платежа Оплата по счёту № 17 от 14.10.2026, заказ № 1042. "
        "В т. ч. НДС 22 % – 360,65 руб., НДС 10 % – 27,27 руб. "
        "Реквизиты для оплаты ИП Богданов Александр Сергеевич, ИНН 500100732259 Счёт 40702810138250123017 "
        'ПАО "БАНК", БИК 044525225, корр. счёт 30101810400000000225 '
        "Индивидуальный предприниматель Богданов А. С. Оплата в приложении банка"
    ]


def test_twelve_lines_fit_a_page_and_more_repeat_the_header_of_the_table() -> None:
    header = "№ Товары (работы, услуги) Кол‑во Ед. Цена, ₽ В т. ч. НДС Сумма, ₽"

    def pages(count: int) -> list[str]:
        line = replace(DAY, title="Коворкинг «Открытое пространство», день, 24.11.2026 – 30.11.2026, место 12")
        return pages_of(invoice_pdf(an_invoice(lines=(line,) * count, total=line.amount * count)))

    assert [len(pages(count)) for count in (12, 30)] == [1, 2]
    first, last = pages(30)
    assert (header in first, header in last) == (True, True)
    assert ("Счёт № 17 от 14.10.2026 Страница 1 из 2" in first, "Страница 2 из 2" in last) == (True, True)
    assert ("Всего к оплате" in first, "Всего к оплате 69 000,00" in last) == (False, True)


HOSTILE = '#read("/etc/passwd") $x^2$ \\" *b* _i_ <b> @ref // /* #panic() `code` ] } =h'


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "Ы" * 300, "https://example.org/" + "a" * 120, "= Заголовок\n- пункт\n+ пункт", "#{" * 40],
    ids=["markup", "long", "address", "lines", "braces"],
)
def test_typed_text_is_printed_unchanged(text: str) -> None:
    invoice = an_invoice(
        seller=replace(SELLER, name=text, bank_name=text, address=text, director="#d", accountant="$", vat_note=text),
        buyer=Buyer(name=text, address=text),
        lines=(replace(DAY, title=text, unit="#a"), LOCKER),
        what=text,
    )
    typed = re.sub(r"\s", "", text)
    shown = re.sub(r"\s", "", "".join(pages_of(invoice_pdf(invoice))))
    shown, purpose = re.sub(r"Счёт№17от14\.10\.2026Страница\dиз\d", "", shown), re.sub(r"\s", "", invoice.purpose)
    assert shown == (
        f"БИК044525225{typed}Банкполучателя"
        f"Сч.№30101810400000000225ИНН7707083893КПП773601001Сч.№40702810138250123017{typed}Получатель"
        f"Счётнаоплату№17от14октября2026г.Поставщик{typed},ИНН7707083893,КПП773601001,ОГРН1027700132195,{typed}"
        f"Покупатель{typed},{typed}ОснованиеЗаказ№1042№Товары(работы,услуги)Кол‑воЕд.Цена,₽Вт.ч.НДССумма,₽"
        f"1{typed}2#a1150,00безНДС2300,002Шкафчик2,5шт.120,00безНДС300,00Итого2600,00{typed}–Всегокоплате2600,00"
        f"Всегонаименований2,насумму2600,00руб.Дветысячишестьсотрублей00копеек"
        f"Оплатитьдо21октября2026г.Назначениеплатежа{purpose}"
        f"Реквизитыдляоплаты{typed},ИНН7707083893,КПП773601001Счёт40702810138250123017"
        f"{typed},БИК044525225,корр.счёт30101810400000000225"
        "Руководитель#dБухгалтер$Оплатавприложениибанка"
    )


def test_a_sign_without_a_glyph_does_not_stop_the_invoice() -> None:
    (page,) = pages_of(invoice_pdf(an_invoice(buyer=Buyer(name="Кафе 😀\x00 漢字 Уют"))))
    assert re.search(r"Покупатель Кафе .* Уют Основание", page)


def test_the_file_names_itself_and_its_language() -> None:
    reader = pypdf.PdfReader(io.BytesIO(invoice_pdf(an_invoice())))
    assert (reader.metadata.title, reader.metadata.author, reader.metadata.creation_date.date()) == (
        "Счёт № 17 от 14.10.2026",
        "ООО «Три кита»",
        date(2026, 10, 14),
    )
    assert reader.root_object["/Lang"] == "ru"


def test_the_same_invoice_is_the_same_file_whatever_language_the_manager_works_in() -> None:
    with translation.override("en"):
        english = invoice_pdf(an_invoice())
    with translation.override("ru"):
        assert invoice_pdf(an_invoice()) == english


def test_lines_that_do_not_add_up_make_no_invoice() -> None:
    with pytest.raises(ValueError, match=r"invoice 17: lines of 2600\.00, total of 2599\.99"):
        an_invoice(total=Decimal("2599.99"))

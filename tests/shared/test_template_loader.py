"""The indentation of templates is not sent; white space that is text is."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template

from olvery.shared.template_loader import KEPT, without_indentation


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<ul>\n    <li>a  b</li>\n\t</ul>", "<ul>\n<li>a  b</li>\n</ul>"),
        ("  <p\n     id='x'>", "  <p\nid='x'>"),
        ("<pre>\n  a\n</pre>\n  <b>", "<pre>\n  a\n</pre>\n<b>"),
        ("\n  <TEXTAREA rows='2'>\n  a</TEXTAREA>\n  <b>", "\n<TEXTAREA rows='2'>\n  a</TEXTAREA>\n<b>"),
        (
            "{% blocktranslate %}a\n  b{% endblocktranslate %}\n  {% blocktranslate trimmed with a=b %}\n"
            "  c{% endblocktranslate %}",
            "{% blocktranslate %}a\n  b{% endblocktranslate %}\n{% blocktranslate trimmed with a=b %}\n"
            "c{% endblocktranslate %}",
        ),
    ],
)
def test_lines_lose_their_indentation_and_nothing_else(source: str, sent: str) -> None:
    assert without_indentation(source) == sent


def test_every_page_keeps_its_lines_and_its_words() -> None:
    folder = settings.BASE_DIR / "templates"
    pages = [path for path in folder.rglob("*.html") if path.is_file()]
    assert pages
    for path in pages:
        source = path.read_text()
        sent = without_indentation(source)
        assert sent.count("\n") == source.count("\n"), path
        assert sent.split() == source.split(), path
        assert not re.search(r"\n[ \t]", KEPT.sub("", sent)), path


def test_pages_are_loaded_so_and_letters_are_not() -> None:
    folder = settings.BASE_DIR / "templates"
    page = get_template("orders/lists/orders.html").template  # type: ignore[attr-defined]
    assert page.source == without_indentation((folder / "orders/lists/orders.html").read_text())
    letter = get_template("mail/booked.txt").template  # type: ignore[attr-defined]
    assert letter.source == (folder / "mail/booked.txt").read_text()

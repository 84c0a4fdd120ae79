"""White space that only readers of templates need is not sent; white space that is text is."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template

from olvery.shared.template_loader import KEPT, shortened

PAGE = "orders/lists/orders.html"


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("<ul>\n    <li>a  b</li>\n\t</ul>", "<ul>\n<li>a  b</li>\n</ul>"),
        ("  <p\n     id='x'\n     hidden>", "  <p id='x' hidden>"),
        ("<pre>\n  a\n</pre>\n  <b>", "<pre>\n  a\n</pre>\n<b>"),
        ("\n  <TEXTAREA rows='2'>\n  a</TEXTAREA>\n  <b>", "\n<TEXTAREA rows='2'>\n  a</TEXTAREA>\n<b>"),
        (
            "{% blocktranslate %}a\n  b{% endblocktranslate %}\n  {% blocktranslate trimmed with a=b %}\n"
            "  c{% endblocktranslate %}",
            "{% blocktranslate %}a\n  b{% endblocktranslate %}\n{% blocktranslate trimmed with a=b %}\n"
            "c{% endblocktranslate %}",
        ),
        # One of the line ends around what prints nothing is enough.
        (
            "a\n  {% if x %}\n    b\n  {% else %}\n    c\n  {% endif %}\n  d",
            "a{% if x %}\nb{% else %}\nc{% endif %}\nd",
        ),
        ('a\n{% url "x" as y %}{# z #}\nb', 'a{% url "x" as y %}{# z #}\nb'),
        # What may print something stays on its line.
        ('a\n{% url "x" as y %}b{% z as w %}\nc', 'a\n{% url "x" as y %}b{% z as w %}\nc'),
        ("a\n{% block x %}{% endblock %}\nb", "a\n{% block x %}{% endblock %}\nb"),
        ('a\n{% include "x" %}\n{{ b }}\nc', 'a\n{% include "x" %}\n{{ b }}\nc'),
        (
            'a <b\n {% if x > 1 %}hidden{% endif %}\n id="{{ y }}">',
            'a <b\n{% if x > 1 %}hidden{% endif %} id="{{ y }}">',
        ),
    ],
)
def test_pages_lose_the_white_space_that_says_nothing(source: str, sent: str) -> None:
    assert shortened(source) == sent


def test_every_page_keeps_its_words_apart() -> None:
    folder = settings.BASE_DIR / "templates"
    pages = [path for path in folder.rglob("*.html") if path.is_file()]
    assert pages
    for path in pages:
        source, sent = path.read_text(), shortened(path.read_text())
        assert "".join(sent.split()) == "".join(source.split()), path
        # Without the tags of templates, as if none of them printed anything.
        assert _words(sent) == _words(source), path
        assert not re.search(r"\n[ \t]", KEPT.sub("", sent)), path


def _words(source: str) -> list[str]:
    return re.sub(r"\{%.*?%\}|\{#.*?#\}", "", source).split()


def test_pages_are_loaded_so_and_letters_are_not() -> None:
    folder = settings.BASE_DIR / "templates"
    page = get_template(PAGE).template  # type: ignore[attr-defined]
    assert page.source == shortened((folder / PAGE).read_text())
    for name in ("mail/booked.txt", "mail/letter.html"):
        letter = get_template(name).template  # type: ignore[attr-defined]
        assert letter.source == (folder / name).read_text()

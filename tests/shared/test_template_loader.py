"""White space that only readers of templates need is not sent; parts that depend on the language are precomputed."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Engine
from django.template.loader import get_template
from django.utils.translation import override

from olvery.shared.template_loader import ARGUMENT, FIXED, KEPT, shortened

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
        # One of the line ends around a tag that prints nothing is enough.
        (
            "a\n  {% if x %}\n    b\n  {% else %}\n    c\n  {% endif %}\n  d",
            "a{% if x %}\nb{% else %}\nc{% endif %}\nd",
        ),
        ('a\n{% url "x" as y %}{# z #}\nb', 'a{% url "x" as y %}{# z #}\nb'),
        # Tags that may print something stay on their line.
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
    assert re.search(r"\n[ \t]", (folder / PAGE).read_text())
    assert not re.search(r"\n[ \t]", KEPT.sub("", page.source))
    for name in ("mail/booked.txt", "mail/letter.html"):
        letter = get_template(name).template  # type: ignore[attr-defined]
        assert letter.source == (folder / name).read_text()


LOADER = "olvery.shared.template_loader."
FACTS = {"name": "<Ivan> & Co", "number": 1, "text": "Today", "sum": "5 %"}


def _engine(folder: Path, loaders: list[Any]) -> Engine:
    builtins = settings.TEMPLATES[0]["OPTIONS"]["builtins"]
    return Engine(dirs=[folder], loaders=loaders, builtins=[name for name in builtins if "quick" not in name])


def _both(folder: Path) -> tuple[Engine, Engine]:
    """Return an engine with our loaders, and Django's own."""
    ours = _engine(folder, [(f"{LOADER}CachedLoader", [f"{LOADER}Loader"])])
    return ours, _engine(folder, ["django.template.loaders.filesystem.Loader"])


WRITTEN_IN = [
    '{% translate "Today" %}',
    '{% translate "Settled" context "button" %} {% translate "Settled" context "money desk" %}',
    '{% url "orders:manage" %} {% url "menu" "locations" %}',
    '{% static "css/app.css" %}',
    '{% icon "plus" %}{% icon "x" "big" %}',
    'a{% comment %}b{% translate "Today" %}{% endcomment %}c',
    "{% blocktranslate %}Today{% endblocktranslate %}",
    "{% blocktranslate with number=name %}Order {{ number }}{% endblocktranslate %}",
    "{% blocktranslate trimmed with sum=sum|upper %}\n  {{ sum }} off\n{% endblocktranslate %}",
    "{% blocktranslate %}Order {{ number }}{% endblocktranslate %}{% blocktranslate %}{{ sum }}{% endblocktranslate %}",
    "{% blocktranslate with missing=nothing %}Order {{ missing }}, 100%{% endblocktranslate %}",
    '{{ nothing|default:_("Today") }}{% if text == _("Today") %}yes{% endif %}',
]
LEFT = [
    '{% translate text %} {% translate "Today" as today %}{{ today }} {% translate "100 %%" %}',
    '{% url "orders:detail" number %} {% url "orders:manage" as address %}{{ address }}',
    '{% static text|lower %} {% icon text|default:"plus"|cut:"Today"|default:"plus" %}',
    "{% blocktranslate count number=number %}{{ number }} place{% plural %}{{ number }} places{% endblocktranslate %}",
    "{% blocktranslate asvar said %}Today{% endblocktranslate %}{{ said }}",
    '{% blocktranslate context "button" %}Settled{% endblocktranslate %}',
]


@pytest.mark.parametrize("source", WRITTEN_IN + LEFT)
def test_a_page_says_the_same_in_each_language_as_by_django_alone(tmp_path: Path, source: str) -> None:
    (tmp_path / "page.html").write_text(source)
    (tmp_path / "page.txt").write_text(source)
    ours, plain = _both(tmp_path)
    for language in ("ru", "en", "ru"):
        with override(language):
            wanted = plain.get_template("page.html").render(Context(FACTS))
            page, letter = ours.get_template("page.html"), ours.get_template("page.txt")
            assert [page.render(Context(FACTS)), letter.render(Context(FACTS))] == [wanted, wanted]
            assert letter.source == source
            assert (page.source == source) == (source in LEFT)
            if source in WRITTEN_IN:
                assert not re.search(r"\{% (?!with|endwith|if|endif)", page.source), page.source


def test_a_word_with_quotes_is_written_into_an_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olvery.shared.template_loader.gettext", lambda text: f'"{text}"')
    (tmp_path / "page.html").write_text('{% firstof nothing _("Today") %}')
    page = _both(tmp_path)[0].get_template("page.html")
    assert page.render(Context()) == '"Today"'


def test_every_page_has_what_depends_on_the_language_alone_written_in() -> None:
    folder = settings.BASE_DIR / "templates"
    names = [str(path.relative_to(folder)) for path in folder.rglob("*.html") if path.parent.name != "mail"]
    assert len(names) > 200
    for name in names:
        source = get_template(name).template.source  # type: ignore[attr-defined]
        assert not [*FIXED.findall(source), *ARGUMENT.findall(source)], name
        # A page is of one language from its beginning to its end.
        assert "{% language" not in (folder / name).read_text(), name


def test_letters_which_may_be_in_two_languages_are_made_of_letters_alone() -> None:
    letters = [path for path in (settings.BASE_DIR / "templates/mail").iterdir() if path.is_file()]
    parts = [part for path in letters for part in re.findall(r"\{% (?:include|extends) (\S+)", path.read_text())]
    assert parts
    assert all(part.startswith('"mail/') for part in parts), parts

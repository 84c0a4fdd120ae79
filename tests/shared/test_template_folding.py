"""What is the same on every page is put together once, and says what it said before."""

import pytest
from django.template import Context, engines
from django.template.base import Template, TextNode
from django.template.loader import get_template
from django.utils import translation

from olvery.shared.template_folding import Constant, drop_empty_lines, fold

MIXED = (
    '<a href="{% url "orders:list" %}">{% icon "plus" %}{% translate "Save" %}</a>{% translate "Today" as day %}'
    "{% for one in many %}<b>{% icon name %}{{ one }}{% translate one %}</b>{% empty %}"
    "{% translate 'Hide' %}{% endfor %}"
    '{% if many %}{% translate "Save" %}{% else %}{% icon "x" %}<i>{% endif %}{{ day }}{% url "guide" "manager" %}'
)


@pytest.mark.parametrize("many", [[], ["Today", "<Save>"]])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_folded_template_writes_what_it_did_before_in_either_language(many: list[str], language: str) -> None:
    plain, folded = _read(MIXED), _read(MIXED)
    fold(folded.nodelist)
    assert any(isinstance(node, Constant) for node in folded.nodelist)
    for spoken in ("en", "ru", language):  # what was put into words first must not stay
        with translation.override(spoken):
            context = {"many": many, "name": "clock"}
            assert folded.render(Context(context)) == plain.render(Context(context))


def test_neighbours_become_one_and_what_depends_on_the_page_stays() -> None:
    template = _read('<p>{% icon "x" %}{% translate "Save" %}{% translate text %}</p>')
    fold(template.nodelist)
    assert [type(node).__name__ for node in template.nodelist] == ["Constant", "TranslateNode", "TextNode"]


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("<p>\n{% if yes %}\na\n{% endif %}\nb\n\n\nc</p>", "<p>\na\nb\nc</p>"),
        ("<p>\n{% if not yes %}\na\n{% endif %}\nb</p>", "<p>\nb</p>"),
        ("<p>\n{% for one in two %}\n{{ one }}\n{% endfor %}\n</p>", "<p>\n1\n2\n</p>"),
        ("{% for one in two %}\n{{ one }} {% endfor %}\n</p>", "\n1 \n2 \n</p>"),
        ("<p>\n{% with one=yes %}\n{{ one }}\n{% endwith %}\n</p>", "<p>\nTrue\n</p>"),
        ("<b>a</b>{% if yes %}\n<b>b</b>{% endif %}\n<b>c</b>", "<b>a</b>\n<b>b</b>\n<b>c</b>"),
        ("a {{ yes }}\n\n b\n{% translate 'Save' as word %}\n{{ word }}", "a True\n b\nSave"),
    ],
)
def test_a_line_with_a_tag_alone_is_not_sent_and_words_stay_apart(source: str, written: str) -> None:
    template = _read(source)
    drop_empty_lines(template.nodelist)
    with translation.override("en"):
        assert template.render(Context({"yes": True, "two": [1, 2]})) == written


def test_pages_are_folded_when_they_are_loaded_and_letters_are_not() -> None:
    page = get_template("orders/lists/orders.html").template  # type: ignore[attr-defined]
    assert page.nodelist[0].get_nodes_by_type(Constant)
    letter = get_template("mail/booked.txt").template  # type: ignore[attr-defined]
    assert letter.nodelist.get_nodes_by_type(TextNode)
    assert not letter.nodelist.get_nodes_by_type(Constant)


def _read(source: str) -> Template:
    template: Template = engines["django"].from_string(source).template  # type: ignore[attr-defined]
    return template

"""Variables and included templates are rendered as by Django."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Engine, Template, TemplateDoesNotExist
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from coworking.models import PaymentMethod
from olvery.shared.quick_tags import FixedInclude, QuickVariable, write_quickly


class Name(str):
    """A subclass of str."""


class Written:
    """An object with its own HTML."""

    def __html__(self) -> str:
        return "<b>"


VALUES = [
    "",
    "plain",
    "<a href='x'>&\"</a>",
    SafeString("<b>"),
    Name("<b>"),
    0,
    -5,
    1234567,
    True,
    None,
    1234.5,
    Decimal("1234.50"),
    date(2026, 11, 30),
    datetime(2026, 11, 30, 9, tzinfo=UTC),
    gettext_lazy("Today"),
    PaymentMethod.ONLINE,
    PaymentMethod.ONLINE.label,
    Written(),
    ["<", 1],
    lambda: "<called>",
]
SOURCES = [
    "{{ value }}",
    "{{ value|default:'-' }}",
    "{{ missing }}",
    "{% autoescape off %}{{ value }}{% endautoescape %}",
]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_variable_is_written_as_by_django(source: str, language: str) -> None:
    plain, quick = Template(source), Template(source)
    write_quickly(quick.nodelist)
    with override(language):
        for value in VALUES:
            context = {"value": value}
            assert quick.render(Context(context)) == plain.render(Context(context)), value


def test_every_variable_of_a_template_is_a_quick_one() -> None:
    nested = "{% if a %}{{ b }}{% else %}{{ b }}{% endif %}{% for c in d %}{{ c }}{% empty %}{{ b }}{% endfor %}"
    page = Template(f"{{{{ a }}}}{{% with e=1 %}}{nested}{{% endwith %}}{{% block f %}}{nested}{{% endblock %}}")
    write_quickly(page.nodelist)
    assert [type(node) for node in page.nodelist.get_nodes_by_type(type(Template("{{ a }}").nodelist[0]))] == (
        [QuickVariable] * 9
    )


PARTS = {
    "part.html": "[{{ name }} {{ number }}{% for one in rows %}{% cycle 'a' 'b' %}{% endfor %}]",
    "again.html": "{% if depth %}{{ depth|length }}{% include 'again.html' with depth=depth|slice:'1:' %}{% endif %}",
}


def _engine(source: str, *builtins: str) -> Engine:
    loader = ("django.template.loaders.locmem.Loader", {**PARTS, "folder/page.html": source})
    return Engine(loaders=[("django.template.loaders.cached.Loader", [loader])], builtins=[*builtins])


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'part.html' %}{{ number }}",
        "{% include 'part.html' with number=2 %}{{ number }}",
        "{% include 'part.html' with number=2 only %}{{ number }}",
        "{% for name in rows %}{% include '../part.html' with number=forloop.counter %}{% endfor %}{{ name }}",
        "{% include which %}{% include 'part'|add:'.html' %}",
        "{% include 'again.html' with depth='xxx' %}",
    ],
)
def test_a_template_is_included_as_by_django(source: str) -> None:
    facts = {"name": "<Ivan>", "number": 1, "rows": ["a", "b"], "which": "part.html"}
    quick, plain = _engine(source, "olvery.shared.quick_tags"), _engine(source)
    for _time in range(2):
        shown, wanted = (engine.get_template("folder/page.html").render(Context(facts)) for engine in (quick, plain))
        assert shown == wanted
    assert shown.strip("[]")


def test_a_template_that_is_not_there_is_missed_where_it_is_shown() -> None:
    page = _engine("{% if number %}{% include 'none.html' %}{% endif %}", "olvery.shared.quick_tags")
    template = page.get_template("folder/page.html")
    assert len(template.nodelist.get_nodes_by_type(FixedInclude)) == 1
    assert template.render(Context()) == ""
    for _time in range(2):
        with pytest.raises(TemplateDoesNotExist, match=r"none\.html"):
            template.render(Context({"number": 1}))

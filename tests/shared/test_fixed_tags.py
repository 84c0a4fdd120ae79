"""`url`, `static` and `translate` in our pages: what never changes is looked up once, the rest each time."""

import pytest
from django.template import Context, Template
from django.templatetags.static import StaticNode, static
from django.utils.translation import override


def test_a_text_is_shown_in_the_language_of_the_page() -> None:
    page = Template("{% translate 'Today' %}")
    shown = []
    for language in ("ru", "en", "ru"):
        with override(language):
            shown.append(page.render(Context()))
    assert shown == ["Сегодня", "Today", "Сегодня"]


@pytest.mark.parametrize("source", ["{% translate text %}", "{% translate text as shown %}{{ shown }}"])
def test_a_text_that_the_page_says_is_looked_up_each_time(source: str) -> None:
    page = Template(source)
    assert [page.render(Context({"text": text})) for text in ("Today", "Companies")] == ["Сегодня", "Компании"]


def test_an_address_without_arguments_stays_the_same() -> None:
    page = Template("{% url 'orders:manage' %}")
    assert [page.render(Context()) for _time in range(2)] == ["/manage/"] * 2


@pytest.mark.parametrize(
    "source",
    [
        "{% url 'orders:detail' number %}",
        "{% url 'orders:detail' number=number %}",
        "{% url 'orders:detail' number as order_url %}{{ order_url }}",
    ],
)
def test_an_address_with_arguments_is_that_of_the_page(source: str) -> None:
    page = Template(source)
    assert [page.render(Context({"number": number})) for number in (7, 8)] == ["/manage/orders/7/", "/manage/orders/8/"]


@pytest.mark.parametrize("source", ["{% url name %}", "{% url 'orders:'|add:last %}"])
def test_an_address_whose_name_the_page_says_is_looked_up_each_time(source: str) -> None:
    page = Template(source)
    names = [{"name": f"orders:{last}", "last": last} for last in ("manage", "list")]
    assert [page.render(Context(values)) for values in names] == ["/manage/", "/manage/orders/"]


def test_the_address_of_a_file_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Template("{% static 'css/app.css' %}")
    first = page.render(Context())
    assert first == static("css/app.css")
    monkeypatch.setattr(StaticNode, "handle_simple", None)
    assert page.render(Context()) == first


@pytest.mark.parametrize(
    "source",
    ["{% static path %}", "{% static 'css/'|add:name %}", "{% static path as file_url %}{{ file_url }}"],
)
def test_the_address_of_a_file_that_the_page_names_is_looked_up_each_time(source: str) -> None:
    page = Template(source)
    values = [{"path": f"css/{name}", "name": name} for name in ("app.css", "pictures.css")]
    assert [page.render(Context(one)) for one in values] == [static(one["path"]) for one in values]

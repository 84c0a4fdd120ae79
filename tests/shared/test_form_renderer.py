"""Inputs rendered without templates equal those of Django's templates."""

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import mark_safe

from olvery.shared.form_renderer import INPUTS, FormRenderer

CHOICES = [("a", "A"), ("b", 'B "&"')]
ATTRS = {"id": "x", "data-on": True, "data-off": False, "title": '"<&>"', "max": 20, "data-safe": mark_safe("a&amp;b")}
WIDGETS = [
    forms.TextInput, forms.HiddenInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.TelInput,
    forms.SearchInput, forms.ColorInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.PasswordInput,
    forms.CheckboxInput, forms.Textarea, forms.MultipleHiddenInput,
]  # fmt: skip


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("value", [None, "", "a", '"<&>"', 1150, True, False, mark_safe("a&amp;b")])
def test_a_widget_is_written_as_django_writes_it(widget: type[forms.Widget], value: Any) -> None:
    given = [value] if widget is forms.MultipleHiddenInput else value
    ours, django = (
        widget(attrs=ATTRS).render("name", given, renderer=renderer) for renderer in (FormRenderer(), DjangoTemplates())
    )
    assert ours == django


@pytest.mark.parametrize("widget", [forms.RadioSelect, forms.CheckboxSelectMultiple, forms.Select])
def test_choices_are_written_as_django_writes_them(widget: type[forms.Widget]) -> None:
    form_class = type("Form", (forms.Form,), {"field": forms.ChoiceField(choices=CHOICES, widget=widget)})
    ours, django = (form_class({"field": "b"}, renderer=renderer) for renderer in (FormRenderer(), DjangoTemplates()))
    assert str(ours) == str(django)
    if widget is not forms.Select:
        assert [each.tag() for each in ours["field"]] == [each.tag() for each in django["field"]]


def test_the_site_uses_it_for_templates_that_are_there() -> None:
    renderer = get_default_renderer()
    assert isinstance(renderer, FormRenderer)
    for name in INPUTS:
        source = renderer.get_template(name).template.source  # type: ignore[attr-defined]
        assert "widgets/input" in source or source.startswith("<input ")

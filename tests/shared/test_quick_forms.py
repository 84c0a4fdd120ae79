"""The fields of a form that are copied for each request: what is done to a copy never reaches the class."""

from copy import deepcopy
from typing import Any

import pytest
from django import forms

from olvery.shared.quick_forms import copied_quickly
from orders.forms import OrderForm
from orders.forms_booking import BookingForm


class Plain(forms.Form):
    name = forms.CharField(label="name", widget=forms.TextInput(attrs={"class": "input"}))
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    several = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)


def parts(thing: Any) -> Any:
    """Return the parts of a field or a widget, recursively."""
    if isinstance(thing, forms.Field | forms.Widget):
        return type(thing), {name: parts(value) for name, value in vars(thing).items()}
    return [parts(one) for one in thing] if isinstance(thing, list | tuple) else thing


@pytest.mark.parametrize("form", [OrderForm, BookingForm, copied_quickly(Plain)])
def test_a_copy_is_what_django_would_make_of_each_field(form: type[forms.Form]) -> None:
    copies = deepcopy(form.base_fields)
    assert {name: parts(field) for name, field in copies.items()} == {
        name: parts(deepcopy(field)) for name, field in form.base_fields.items()
    }


@pytest.mark.parametrize("form", [OrderForm, BookingForm, copied_quickly(Plain)])
def test_a_copy_shares_nothing_that_is_changed_with_the_class(form: type[forms.Form]) -> None:
    before = {name: parts(field) for name, field in form.base_fields.items()}
    for field in deepcopy(form.base_fields).values():
        field.required = not field.required
        field.widget.attrs["class"] = "changed"
        field.widget.is_required = "changed"  # type: ignore[assignment]
        field.error_messages["required"] = "changed"
        field.validators.append(print)
        if isinstance(field, forms.ChoiceField):
            field.choices = [("c", "C")]
    assert {name: parts(field) for name, field in form.base_fields.items()} == before


def test_forms_are_filled_in_independently_of_each_other() -> None:
    form = copied_quickly(Plain)
    first = form({"name": "Иван", "kind": "a", "several": ["a"]})
    first.fields["kind"].choices = [("b", "B")]  # type: ignore[attr-defined]
    second = form({"name": "Пётр", "kind": "a", "several": ["a"]})
    assert second.is_valid()
    assert second.cleaned_data == {"name": "Пётр", "kind": "a", "several": ["a"]}
    assert list(first.errors) == ["kind"]

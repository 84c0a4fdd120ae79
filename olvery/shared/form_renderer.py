"""The renderer of form fields: writes an input by itself, where Django goes through three templates for each."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

# The templates of Django that are those of an input; one with a label around it is left to Django.
INPUTS = {
    "django/forms/widgets/input.html",
    forms.CheckboxInput.template_name,
    forms.CheckboxSelectMultiple.option_template_name,
    forms.ColorInput.template_name,
    forms.DateInput.template_name,
    forms.DateTimeInput.template_name,
    forms.EmailInput.template_name,
    forms.HiddenInput.template_name,
    forms.NumberInput.template_name,
    forms.PasswordInput.template_name,
    forms.RadioSelect.option_template_name,
    forms.SearchInput.template_name,
    forms.TelInput.template_name,
    forms.TextInput.template_name,
    forms.TimeInput.template_name,
    forms.URLInput.template_name,
}


class FormRenderer(DjangoTemplates):
    """Django's renderer, faster where a form has dozens of inputs and is asked for at every keystroke."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Return the HTML of a widget, a field or a form, as Django's templates write it."""
        widget = context.get("widget", {})
        if template_name in INPUTS and not widget.get("wrap_label"):
            return _input(widget)
        return super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    attrs = _attributes(widget["attrs"])
    return format_html('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, attrs)


def _attributes(attrs: dict[str, Any]) -> SafeString:
    parts = (
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    )
    return mark_safe("".join(parts))  # noqa: S308 - escaped above

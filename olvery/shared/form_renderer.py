"""The renderer of form fields: writes inputs and text areas directly, where Django renders three templates for each."""

from html import escape
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.safestring import SafeString

# Django's templates for plain inputs; one wrapped in a label is left to Django.
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
    """Django's renderer, faster for a form that has dozens of inputs and is requested at every keystroke."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Return the same HTML of a widget, a field or a form as Django's templates."""
        widget = context.get("widget", {})
        if template_name in INPUTS and not widget.get("wrap_label"):
            return _input(widget)
        if template_name == forms.Textarea.template_name:
            return _textarea(widget)
        return super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else f' value="{_escaped(widget["value"])}"'
    kind, name = _escaped(widget["type"]), _escaped(widget["name"])
    return SafeString(f'<input type="{kind}" name="{name}"{value}{_attributes(widget["attrs"])}>')


def _textarea(widget: dict[str, Any]) -> SafeString:
    name, value = _escaped(widget["name"]), _escaped(widget["value"] or "")
    return SafeString(f'<textarea name="{name}"{_attributes(widget["attrs"])}>\n{value}</textarea>')


def _attributes(attrs: dict[str, Any]) -> str:
    return "".join(
        f" {_escaped(name)}" if value is True else f' {_escaped(name)}="{_escaped(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _escaped(value: Any) -> str:
    """Escape a value unless it is safe: like `conditional_escape`, with fewer checks."""
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)

"""The contexts that a test client keeps of an answer: one for each page, not one for each widget of it."""

from typing import Any

import pytest
from django.template import RequestContext, Template
from django.test.signals import template_rendered


def keep_of_pages_alone(patched: pytest.MonkeyPatch) -> None:
    """Let the client copy what a view gave to its page once: included templates and widgets are dozens a page."""
    patched.setattr(Template, "_render", _render)


def _render(template: Template, context: Any) -> str:
    # A copy made for an included template carries the mark along.
    if isinstance(context, RequestContext) and not hasattr(context, "is_kept"):
        vars(context)["is_kept"] = True
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)

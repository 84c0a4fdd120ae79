"""Django's tags `url`, `static` and `translate`, for what pages say the same every time: looked up once.

A page has some forty addresses of views without arguments, a dozen of files and eighty texts. Django takes 17 µs for
an address, 6 for a text.
"""

from django import template
from django.template import defaulttags
from django.template.base import Parser, Token
from django.templatetags import i18n
from django.templatetags.static import StaticNode
from django.utils.translation import get_language

register = template.Library()


class FixedAddress(defaulttags.URLNode):
    """The address of a view without arguments."""

    found = ""

    def render(self, context: template.Context) -> str:
        self.found = self.found or super().render(context)
        return self.found


class FixedFile(StaticNode):
    """The address of a file that is named in the template, with the digest of its content."""

    found = ""

    def render(self, context: template.Context) -> str:
        self.found = self.found or super().render(context)
        return self.found


class FixedText(i18n.TranslateNode):
    """A text that is written in the template."""

    def __init__(self, node: i18n.TranslateNode) -> None:
        super().__init__(node.filter_expression, node.noop)
        self.found: dict[str | None, str] = {}

    def render(self, context: template.Context) -> str:
        """Return the text in the language of the page."""
        language = get_language()
        if language not in self.found:
            self.found[language] = super().render(context)
        return self.found[language]


@register.tag
def url(parser: Parser, token: Token) -> template.Node:
    """Do as Django's tag of this name."""
    node = defaulttags.url(parser, token)
    name = node.view_name
    is_fixed = isinstance(name.var, str) and not (name.filters or node.args or node.kwargs or node.asvar)
    return FixedAddress(name, [], {}, None) if is_fixed else node


@register.tag
def static(parser: Parser, token: Token) -> template.Node:
    """Do as Django's tag of this name."""
    node = StaticNode.handle_token(parser, token)
    is_fixed = isinstance(node.path.var, str) and not (node.path.filters or node.varname)
    return FixedFile(None, node.path) if is_fixed else node


@register.tag
def translate(parser: Parser, token: Token) -> template.Node:
    """Do as Django's tag of this name."""
    node = i18n.do_translate(parser, token)
    text = node.filter_expression
    is_fixed = text.var.literal and not (text.filters or node.asvar or node.message_context)
    return FixedText(node) if is_fixed else node

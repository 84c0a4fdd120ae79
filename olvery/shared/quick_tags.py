"""Faster versions of what templates do most often: print a variable, include a template."""

from html import escape

from django import template
from django.template.base import NodeList, Parser, Template, Token, VariableNode, render_value_in_context
from django.template.loader_tags import IncludeNode, do_include
from django.utils.functional import Promise
from django.utils.safestring import SafeString

register = template.Library()


class QuickVariable(VariableNode):
    """A variable. Strings and integers are rendered directly, anything else by Django.

    Integers have no separators, see `USE_THOUSAND_SEPARATOR`.
    """

    def render(self, context: template.Context) -> str:
        """Return the value as HTML."""
        value = self.filter_expression.resolve(context)
        if isinstance(value, Promise):
            value = str(value)
        kind = type(value)
        if kind is SafeString:
            return value
        if kind is str and context.autoescape:
            return escape(value)
        return str(value) if kind is int else render_value_in_context(value, context)


def write_quickly(nodes: NodeList) -> None:
    """Make the variables of a template quick ones."""
    for node in nodes.get_nodes_by_type(VariableNode):
        node.__class__ = QuickVariable


class FixedInclude(IncludeNode):
    """An include with a literal template name, looked up once."""

    found: Template | None = None

    def render(self, context: template.Context) -> SafeString:
        """Return the rendered template."""
        engine = context.template.engine  # type: ignore[union-attr]
        self.found = self.found or engine.get_template(self.template.var)
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        if self.isolated_context:
            return self.found.render(context.new(values))
        with context.push(**values):
            return self.found.render(context)


@register.tag
def include(parser: Parser, token: Token) -> template.Node:
    """Do the same as Django's tag of this name."""
    node = do_include(parser, token)
    is_fixed = isinstance(node.template.var, str) and not node.template.filters
    if not is_fixed:
        return node
    return FixedInclude(node.template, extra_context=node.extra_context, isolated_context=node.isolated_context)

"""What templates say to everybody: joined when they are read, and put into words once a language.

Half of what a page renders is the same each time: markup, words of the catalogue, icons, addresses without arguments.
"""

from collections.abc import Iterable
from itertools import groupby

from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable
from django.template.context import Context
from django.template.defaulttags import CommentNode, ForNode, IfNode, LoadNode, URLNode, WithNode
from django.template.library import SimpleNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.l10n import LocalizeNode
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from template_partials.templatetags.partials import DefinePartialNode

PASSING = (IfNode, ForNode, WithNode, LocalizeNode, DefinePartialNode)
Key = tuple[str | None, bool, str]


class Constant(Node):
    """Neighbours that depend on the language alone, as one text."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes, self.token, self.origin = nodes, nodes[0].token, nodes[0].origin
        self._texts: dict[Key, SafeString] = {}

    def render_annotated(self, context: Context) -> SafeString:
        """Return the text in the language of the request."""
        key = (get_language(), context.autoescape, get_script_prefix())
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = NodeList(self.nodes).render(context)
        return text

    render = render_annotated


def fold(nodes: NodeList) -> None:
    """Replace what is constant, in the nodes of a template and within them."""
    for node in nodes:
        for inner in _within(node):
            fold(inner)
    folded: list[Node] = []
    for is_constant, run in groupby(nodes, _is_constant):
        together = list(run)
        is_folded = is_constant and not all(isinstance(node, TextNode) for node in together)
        folded += [Constant(together)] if is_folded else together
    nodes[:] = folded


def drop_empty_lines(nodes: NodeList, *, behind_line: bool = False) -> bool:
    """Drop the line that a tag leaves empty; return whether the last thing written is surely a line's end."""
    for node in nodes:
        if isinstance(node, TextNode):
            node.s = _without_empty_lines(node.s, behind_line=behind_line)
            behind_line = node.s.endswith("\n") if node.s else behind_line
        elif not _is_silent(node):
            behind_line = _drop_within(node, behind_line=behind_line)
    return behind_line


def _without_empty_lines(text: str, *, behind_line: bool) -> str:
    first, *rest = text.split("\n")
    lines = [line for line in rest[:-1] if line] + rest[-1:]
    if behind_line and not first and lines:
        return "\n".join(lines)
    return "\n".join([first, *lines])


def _drop_within(node: Node, *, behind_line: bool) -> bool:
    """Do so within a node that may write nothing, or what it holds."""
    goes_on = isinstance(node, PASSING)  # what it holds stands right behind what is before it
    ends = []
    for inner in filter(None, _within(node)):
        # A second round of a loop stands behind the first one.
        starts = goes_on and behind_line and (not isinstance(node, ForNode) or _ends_line(inner))
        ends.append(drop_empty_lines(inner, behind_line=starts))
    return goes_on and behind_line and all(ends)


def _ends_line(nodes: NodeList) -> bool:
    return bool(nodes) and isinstance(nodes[-1], TextNode) and nodes[-1].s.endswith("\n")


def _within(node: Node) -> Iterable[NodeList]:
    """Return the lists of nodes that a node renders."""
    if isinstance(node, IfNode):  # its `nodelist` is a copy
        return [nodes for _condition, nodes in node.conditions_nodelists]
    found = [getattr(node, name, None) for name in {"nodelist", *node.child_nodelists}]
    return [nodes for nodes in found if isinstance(nodes, NodeList)]


def _is_constant(node: Node) -> bool:
    if isinstance(node, TextNode):
        return True
    if isinstance(node, TranslateNode):
        return not node.asvar and _are_literal([node.filter_expression, node.message_context])
    if isinstance(node, URLNode):
        return not node.asvar and not node.args and not node.kwargs and _are_literal([node.view_name])
    if isinstance(node, SimpleNode) and getattr(node.func, "is_constant", False):
        return not node.target_var and _are_literal([*node.args, *node.kwargs.values()])
    return False


def _is_silent(node: Node) -> bool:
    """Return whether a node writes nothing where it stands."""
    if isinstance(node, CommentNode | LoadNode):
        return True
    if isinstance(node, URLNode | TranslateNode | BlockTranslateNode):
        return bool(node.asvar)
    return isinstance(node, SimpleNode) and bool(node.target_var)


def _are_literal(expressions: Iterable[FilterExpression | None]) -> bool:
    return all(
        one is None or (not one.filters and not (isinstance(one.var, Variable) and one.var.lookups))
        for one in expressions
    )

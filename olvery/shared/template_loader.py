"""The loader of our own pages: what is there for whoever reads the sources stays in them and is not sent."""

import re

from django.template.base import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")
# Where white space is text: to the browser, or to the catalogue of translations.
KEPT = re.compile(
    r"<(pre|textarea)\b.*?</\1>|\{% blocktranslate (?![^%]*\btrimmed\b).*?\{% endblocktranslate %\}",
    re.DOTALL | re.IGNORECASE,
)
# A line of what decides or names something and prints nothing. A block that is empty here may be filled elsewhere.
DECISIONS = r"(?:if|elif|else|endif|for|empty|endfor|with|endwith|block|endblock|partialdef|endpartialdef|load)\b"
NAMES = r"(?!block)(?:(?!%\}).)* as \w+ "
DECIDING_LINE = re.compile(
    r"\n(?!\{% block [^\n]*endblock)"
    rf"(?=(?:\{{% (?:{DECISIONS}(?:(?!%\}}).)*|{NAMES})%\}}|\{{#[^\n]*?#\}})+\n)"
)
TEMPLATE = r"\{%.*?%\}|\{\{.*?\}\}"
TAG = re.compile(rf"<[a-z](?:{TEMPLATE}|[^<>{{])*>|{TEMPLATE}|\{{#.*?#\}}", re.DOTALL)
NEXT_ATTRIBUTE = re.compile(r"\n(?=[a-z-]+[=\s>])")


class Loader(filesystem.Loader):
    """Reads pages from `DIRS` without their indentation, a quarter of a list's size; letters stay as they are."""

    def get_contents(self, origin: Origin) -> str:
        """Return the source of a template. Lines of a page lose their numbers."""
        source: str = super().get_contents(origin)
        name = str(origin.template_name)
        return shortened(source) if name.endswith(".html") and not name.startswith("mail/") else source


def shortened(source: str) -> str:
    """Return HTML without white space that a browser does without, outside of what keeps its own.

    Where there was some between two things, there still is some.
    """
    parts, end = [], 0
    for kept in KEPT.finditer(source):
        parts += [_shortened(source[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _shortened(source[end:])])


def _shortened(source: str) -> str:
    """Return a text without lines that print nothing, its tags on one line each: repeated, they compress better."""
    lines = DECIDING_LINE.sub("", INDENTATION.sub("\n", source))
    return TAG.sub(lambda tag: NEXT_ATTRIBUTE.sub(" ", tag[0]) if tag[0].startswith("<") else tag[0], lines)

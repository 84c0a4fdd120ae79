"""The loader of our own templates: nesting stays in the sources and is not sent."""

import re

from django.template.base import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")
# Where white space is text: to the browser, or to the catalogue of translations.
KEPT = re.compile(
    r"<(pre|textarea)\b.*?</\1>|\{% blocktranslate (?![^%]*\btrimmed\b).*?\{% endblocktranslate %\}",
    re.DOTALL | re.IGNORECASE,
)


class Loader(filesystem.Loader):
    """Reads pages from `DIRS` without their indentation, a quarter of a list's size; letters stay as they are."""

    def get_contents(self, origin: Origin) -> str:
        """Return the source of a template, every line of it still at its number."""
        source: str = super().get_contents(origin)
        return without_indentation(source) if str(origin.name).endswith(".html") else source


def without_indentation(source: str) -> str:
    """Return HTML whose lines begin at their first column, outside of what keeps its white space."""
    parts, end = [], 0
    for kept in KEPT.finditer(source):
        parts += [INDENTATION.sub("\n", source[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, INDENTATION.sub("\n", source[end:])])

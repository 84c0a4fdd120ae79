"""Template loaders for our pages: they strip what only readers of the source need, and precompute constant parts."""

import re
from typing import cast

from django.template import Context, Template
from django.template.base import Origin
from django.template.loaders import cached, filesystem
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import BlockTranslateNode
from django.utils.translation import get_language, gettext

from olvery.shared.quick_tags import write_quickly

INDENTATION = re.compile(r"\n[ \t]+")
# Where white space matters: to the browser, or to the translation catalogue.
KEPT = re.compile(
    r"<(pre|textarea)\b.*?</\1>|\{% blocktranslate (?![^%]*\btrimmed\b).*?\{% endblocktranslate %\}",
    re.DOTALL | re.IGNORECASE,
)
# A line of tags that print nothing. A block that is empty here may be filled elsewhere.
DECISIONS = r"(?:if|elif|else|endif|for|empty|endfor|with|endwith|block|endblock|partialdef|endpartialdef|load)\b"
NAMES = r"(?!block)(?:(?!%\}).)* as \w+ "
DECIDING_LINE = re.compile(
    r"\n(?!\{% block [^\n]*endblock)"
    rf"(?=(?:\{{% (?:{DECISIONS}(?:(?!%\}}).)*|{NAMES})%\}}|\{{#[^\n]*?#\}})+\n)"
)
TEMPLATE = r"\{%.*?%\}|\{\{.*?\}\}"
TAG = re.compile(rf"<[a-z](?:{TEMPLATE}|[^<>{{])*>|{TEMPLATE}|\{{#.*?#\}}", re.DOTALL)
NEXT_ATTRIBUTE = re.compile(r"\n(?=[a-z-]+[=\s>])")
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
# Tags that depend only on the language. A `%` has another meaning in the translation catalogue.
FIXED = re.compile(r'\{% (?:icon|static|translate|url)(?: "[^"%]*"(?: context(?= "))?)+ %\}|\{% htmx_script %\}')
ARGUMENT = re.compile(r'_\("([^"%]*)"\)')
SENTENCE = re.compile(r"\{% blocktranslate (?:(?!%\}).)*%\}.*?\{% endblocktranslate %\}", re.DOTALL)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class _Loader(BaseLoader):
    """Makes templates use the quick tags, see `olvery.shared.quick_tags`."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        template = super().get_template(template_name, skip)
        write_quickly(template.nodelist)
        return template


class CachedLoader(cached.Loader, _Loader):
    """Caches a template per language, since it contains texts in that language."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        """Return the cache key of a template."""
        return f"{get_language()} {super().cache_key(template_name, skip)}"


class Loader(filesystem.Loader):
    """Reads pages from `DIRS` without indentation, a quarter of a list's size; letters stay unchanged.

    Everything that depends only on the language is rendered in advance: a page has about a hundred icons, URLs and
    texts, which merge with the text around them.
    """

    def get_contents(self, origin: Origin) -> str:
        """Return the source of a template in the current language. Line numbers of pages are lost."""
        source: str = super().get_contents(origin)
        name = str(origin.template_name)
        if not name.endswith(".html") or name.startswith("mail/"):
            return source
        source = ARGUMENT.sub(_argument, COMMENT.sub("", shortened(source)))
        return FIXED.sub(self._fixed, SENTENCE.sub(self._sentence, source))

    def _fixed(self, tag: re.Match[str]) -> str:
        written: str = self.engine.from_string(tag[0]).render(Context())
        return written

    def _sentence(self, block: re.Match[str]) -> str:
        """Render a sentence with its variables, unless it has a count or a context, or is assigned to a name."""
        node = cast(BlockTranslateNode, self.engine.from_string(block[0]).nodelist[0])
        if node.countervar or node.asvar or node.message_context:
            return block[0]
        said = gettext(node.render_token_list(node.singular)[0])
        said = PLACEHOLDER.sub(r"{{ \1 }}", said).replace("%%", "%")
        names = " ".join(f"{name}={value.token}" for name, value in node.extra_context.items())
        return f"{{% with {names} %}}{said}{{% endwith %}}" if names else said


def _argument(word: re.Match[str]) -> str:
    return '"{}"'.format(gettext(word[1]).replace('"', r"\""))


def shortened(source: str) -> str:
    """Return HTML without superfluous white space, except in elements that preserve it.

    Wherever there was some between two elements, some is left.
    """
    parts, end = [], 0
    for kept in KEPT.finditer(source):
        parts += [_shortened(source[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _shortened(source[end:])])


def _shortened(source: str) -> str:
    """Return a text without lines that print nothing, each tag on one line: repeated tags then compress better."""
    lines = DECIDING_LINE.sub("", INDENTATION.sub("\n", source))
    return TAG.sub(lambda tag: NEXT_ATTRIBUTE.sub(" ", tag[0]) if tag[0].startswith("<") else tag[0], lines)

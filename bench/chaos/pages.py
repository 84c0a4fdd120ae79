"""Forms of a page, with the values that a browser would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = dict[str, str | list[str]]
SENT_IF_CHECKED = ("radio", "checkbox")


@dataclass(slots=True)
class Form:
    """Where a form goes, and the values that it holds."""

    attrs: dict[str, str]
    values: dict[str, list[str]] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Its target; empty for the page that has it."""
        return self.attrs.get("action", "")

    def filled(self, **typed: str) -> Fields:
        """Return its values with something typed or chosen."""
        return {**self.values, **typed}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_open = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given))
            self.is_open = True
        elif not self.is_open:
            return
        elif tag == "input" and given.get("name") and given.get("type") != "file":
            if given.get("type") not in SENT_IF_CHECKED or "checked" in given:
                self._add(given["name"], given.get("value", "on"))
        elif tag == "textarea":
            self._add(given["name"], "")
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and "selected" in given:
            self._add(self.select, given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].values.setdefault(name, []).append(value)


def forms_of(html: str) -> list[Form]:
    """Return the forms of a page, in order."""
    page = _Forms()
    page.feed(html)
    page.close()
    return page.forms

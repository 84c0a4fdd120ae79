"""The frame of all pages: they need no script, and all inserted values are escaped."""

from collections.abc import Iterable
from html import escape

BANNER = "ТЕСТОВАЯ КАССА — деньги не списываются"

STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --main: #1f6feb; --ok: #1a7f37; --bad: #c62f2f; }
@media (prefers-color-scheme: dark) { :root { --main: #4a8df0; --ok: #3fb950; --bad: #f0655d; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
.banner { padding: .5rem 1rem; background: #ffd54a; color: #222; text-align: center; font-weight: 600; }
main { max-width: 30rem; margin: 1.5rem auto; padding: 0 1rem; }
main.wide { max-width: 75rem; }
h1 { font-size: 1.25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.card { border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; }
.sum { font-size: 2rem; font-weight: 700; margin: .25rem 0; }
.soft { opacity: .75; } .ok { color: var(--ok); } .bad { color: var(--bad); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; padding: .5rem 1rem; }
fieldset label { display: block; padding: .35rem 0; }
button, select, input[type=text], textarea { font: inherit; padding: .5rem .75rem; border-radius: 8px;
  border: 1px solid var(--line); background: var(--soft); color: inherit; }
button { cursor: pointer; } button.main { background: var(--main); border-color: var(--main); color: #fff; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.rows { display: grid; gap: .6rem; margin-top: 1rem; } .rows button { width: 100%; padding: .7rem; }
.pair { display: flex; gap: .5rem; flex-wrap: wrap; } .pair > * { flex: 1 1 10rem; }
.bar { display: flex; gap: .5rem; flex-wrap: wrap; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line); }
td form { display: inline; } td button { padding: .15rem .5rem; } code { font-size: .8125rem; overflow-wrap: anywhere; }
textarea { width: 100%; font-family: monospace; }
"""


def page(title: str, content: str, *, wide: bool = False) -> str:
    """Return a whole page around content that is already escaped."""
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        f'<body><div class="banner" id="banner" role="note">{BANNER}</div>'
        f"<main{' class=wide' if wide else ''}><h1>{escape(title)}</h1>{content}</main></body></html>"
    )


def roubles(amount: dict[str, str]) -> str:
    """Format an amount of the API for people: `1 234,50 ₽`."""
    whole, _dot, kopecks = amount["value"].partition(".")
    return f"{int(whole):,}".replace(",", "\u00a0") + f",{kopecks}\u00a0₽"


def options(values: Iterable[str]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(value)}</option>' for value in values)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], *, name: str) -> str:
    """Return a table of cells that are already escaped."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table id="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

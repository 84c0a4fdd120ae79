"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# It parses colours again for each element, a sixth of its time: a page has two dozen of them.
COLOURS_READ_ONCE = """
(({prototype}) => {
    const {parseString} = prototype, known = new Map()
    prototype.parseString = function (text) {
        if (known.has(text)) Object.assign(this, known.get(text))
        else {
            parseString.call(this, text)
            const {r, g, b, alpha} = this
            known.set(text, {r, g, b, alpha})
        }
        return this
    }
})(axe.commons.color.Color)
"""
AXE = Axe().axe_script + COLOURS_READ_ONCE
# Buttons fade into the theme: no need to wait for that, or to draw it.
FADED = "document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish())"


def axe(page: Page) -> list[str]:
    """Return violations of WCAG 2.2 AA and of axe's best practices; in the other theme only of colours.

    A theme only changes colours. The page stays in the theme it ends in: changing it draws all of it again.
    """
    tags = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = _violations(page, tags)
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if is_dark else "dark")
    page.evaluate(FADED)
    return found + _violations(page, {"type": "rule", "values": ["color-contrast"]})


def _violations(page: Page, only: dict[str, object]) -> list[str]:
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
        page.add_init_script(AXE)  # for later pages it is already compiled
    more = {name: {"enabled": only["type"] == "tag"} for name in ("label-content-name-mismatch", "target-size")}
    options = {"runOnly": only, "resultTypes": ["violations"], "rules": more}
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]

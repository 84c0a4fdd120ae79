"""Waiting until a page has come to rest."""

from playwright.sync_api import Page

# What is on its way, and how often anything was asked or answered. An answer that is held takes its element along when
# another one replaces that, so no class tells of it.
WATCHED = """
globalThis.underWay = new Set();
globalThis.moves = 0;
document.addEventListener("htmx:confirm", () => { moves += 1; });
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => {
  moves += 1;
  underWay.add(xhr);
  xhr.addEventListener("loadend", () => {
    moves += 1;
    underWay.delete(xhr);
  });
});
"""
# By a timer of the page: where it is slow, it comes after those that were set before.
SETTLED = """() => new Promise((done) => {
  const look = (before) => {
    if (moves === before && !underWay.size) done();
    else setTimeout(look, 450, moves); // longer than the longest pause after a key
  };
  look();
})"""


def settle(page: Page) -> None:
    """Wait until there has been no request or response for so long that nothing more can follow."""
    page.evaluate(SETTLED)

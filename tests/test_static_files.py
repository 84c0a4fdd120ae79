"""Stylesheets and scripts: one component or behaviour per file, and the output of collectstatic."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage

from olvery.static_storage import (
    INDENT,
    STYLE_COMMENT,
    STYLESHEET,
    SiteStaticFilesStorage,
    join_imports,
    without_comments,
)
from orders.views.door.kept import has_reader

STATIC = settings.BASE_DIR / "static"
STYLES = sorted((STATIC / "css").rglob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
IMPORTED = re.compile(r'@import "([^"]+)";')
MODULE = re.compile(r'(?:from|import) "\./([^"]+)";')


def sources() -> dict[str, Any]:
    """Return our own files, as collectstatic passes them on."""
    storage = StaticFilesStorage(location=STATIC, base_url="/static/")
    names = [str(path.relative_to(STATIC)) for path in (*STYLES, *SCRIPTS)]
    return {name: (storage, name) for name in names}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> SiteStaticFilesStorage:
    """Collect our own files into a temporary folder, not compressed."""
    storage = SiteStaticFilesStorage(location=tmp_path_factory.mktemp("static"), base_url="/static/")
    storage.compress_files = lambda names: []
    paths = sources()
    for name, (source, path) in paths.items():
        with source.open(path) as file:
            storage.save(name, file)
    problems = [done for _, _, done in storage.post_process(paths) if isinstance(done, Exception)]
    assert problems == []
    return storage


def collected_text(storage: SiteStaticFilesStorage, name: str) -> str:
    """Return the text of the file that a browser gets for this name."""
    return Path(storage.path(storage.stored_name(name))).read_text()


def test_the_stylesheet_imports_every_other_one_exactly_once() -> None:
    imported = IMPORTED.findall((STATIC / STYLESHEET).read_text())
    # Django admin has a stylesheet of its own; others are sent with one page alone.
    alone = {
        "app",
        "admin",
        "calendar",
        "calendar-columns",
        "calendar-icons",
        "guide",
        "list-work",
        "lobby",
        "pictures",
        "plan-editor",
        "seat-spots",
        "setting-groups",
    }
    others = [
        str(path.relative_to(STATIC / "css"))
        for path in STYLES
        if not (path.parent.name == "css" and path.stem in alone)
    ]
    assert sorted(imported) == sorted(others)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_no_line_of_css_holds_two_declarations(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    lines = [line.strip() for line in text.splitlines()]
    crowded = [line for line in lines if re.search(r"[;{}].", line)]
    assert crowded == []


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=lambda path: path.name)
def test_a_file_begins_with_a_comment_and_its_lines_are_short(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(("/*", "//"))
    assert [line for line in text.splitlines() if len(line) > 160 - 40 * (path.suffix == ".js")] == []


def test_every_script_is_loaded_by_a_page_or_by_another_script() -> None:
    pages = "".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    by_pages = re.findall(r'{% static "js/([^"]+)" %}', pages)
    by_scripts = [name for path in SCRIPTS for name in MODULE.findall(path.read_text())]
    assert {*by_pages, *by_scripts} == {path.name for path in SCRIPTS}


def test_a_browser_gets_all_styles_in_one_file(collected: SiteStaticFilesStorage) -> None:
    text = collected_text(collected, STYLESHEET)
    parts = [
        INDENT.sub("", STYLE_COMMENT.sub("", (STATIC / "css" / name).read_text()))
        for name in IMPORTED.findall((STATIC / STYLESHEET).read_text())
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert "@import" not in text


def test_styles_lose_their_indentation_but_not_the_spaces_of_a_string() -> None:
    assert join_imports("a.css", {"a.css": 'b {\n  --c: "d\\\n  e";\n}\n'}.__getitem__) == 'b {\n--c: "d\\\n  e";\n}\n'


def test_a_script_is_sent_without_comments_and_with_all_its_code() -> None:
    script = '// Why.\nlet a = 1; // how\nif (a) { // when\n  // what\n  open("https://b"); // "c"\n}\n'
    assert without_comments(script) == 'let a = 1;\nif (a) {\n  open("https://b");\n}\n'


def test_collecting_again_reads_the_sources_again(collected: SiteStaticFilesStorage) -> None:
    before = collected_text(collected, STYLESHEET)
    list(collected.post_process(sources()))
    assert collected_text(collected, STYLESHEET) == before


def test_collected_modules_import_each_other_by_hashed_names(collected: SiteStaticFilesStorage) -> None:
    imports = 0
    for path in SCRIPTS:
        names = MODULE.findall(path.read_text())
        hashed = [collected.stored_name(f"js/{name}").removeprefix("js/") for name in names]
        assert MODULE.findall(collected_text(collected, f"js/{path.name}")) == hashed
        assert all(collected.exists(f"js/{name}") for name in hashed)
        imports += len(names)
    assert imports > len(SCRIPTS)


@pytest.mark.parametrize(
    ("stylesheet", "part"),
    [
        ('@import "part.css";', 'a { background: url("dot.svg"); }'),
        ('@import "part.css";', '@import "other.css";'),
        ('@import url("part.css");', "a { color: red; }"),
    ],
)
def test_css_that_would_break_in_one_file_is_refused(stylesheet: str, part: str) -> None:
    files = {"css/all.css": stylesheet, "css/part.css": part}
    with pytest.raises(ValueError, match="import"):
        join_imports("css/all.css", files.__getitem__)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_browser_gets_a_script_without_its_comments(collected: SiteStaticFilesStorage, path: Path) -> None:
    sent = collected_text(collected, f"js/{path.name}").splitlines()
    code = [line for line in path.read_text().splitlines() if not line.strip().startswith("//")]
    kept = [re.sub(" // .*", "", line) for line in code]
    assert [re.sub(r"\.[0-9a-f]{12}\.js", ".js", line) for line in sent] == kept


@pytest.mark.skipif(not has_reader(), reason="NO READER: npm is needed, see README.md")
def test_the_reader_of_codes_imports_by_hashed_names(tmp_path: Path) -> None:
    package = settings.BASE_DIR / "requirements" / "npm" / "node_modules" / "qr"
    source = StaticFilesStorage(location=package, base_url="/static/")
    source.prefix = "qr"
    storage = SiteStaticFilesStorage(location=tmp_path, base_url="/static/")
    storage.compress_files = lambda names: []
    paths = {f"qr/{name}": (source, name) for name in ("decode.js", "index.js")}
    for name, (_source, path) in paths.items():
        with source.open(path) as file:
            storage.save(name, file)
    assert all(not isinstance(done, Exception) for _, _, done in storage.post_process(paths))
    imported = re.findall(r"from '\./([^']+)'", collected_text(storage, "qr/decode.js"))
    assert imported == [Path(storage.stored_name("qr/index.js")).name]
    assert imported != ["index.js"]

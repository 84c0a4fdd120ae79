"""What the web server does for its processes."""

import gc
from typing import Any

import pytest
from django.conf import settings


def test_a_process_does_not_search_what_was_loaded_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    path, configured, done = settings.BASE_DIR / "gunicorn.conf.py", dict[str, Any](), list[tuple[object, ...]]()
    for name in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *given, name=name: done.append((name, *given)))
    exec(compile(path.read_text(), path.name, "exec"), configured)
    configured["post_worker_init"](None)
    assert done == [("collect",), ("freeze",), ("set_threshold", 20_000, 20, 20)]

"""What the web server does for its processes."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings


@pytest.fixture
def nothing_frozen() -> Iterator[None]:
    before, was_frozen = gc.get_threshold(), gc.get_freeze_count() > 0  # the tests freeze what they have loaded, too
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    if was_frozen:
        gc.freeze()


@pytest.mark.usefixtures("nothing_frozen")
def test_a_process_does_not_search_what_was_loaded_for_garbage() -> None:
    path, configured = settings.BASE_DIR / "gunicorn.conf.py", dict[str, Any]()
    exec(compile(path.read_text(), path.name, "exec"), configured)
    configured["post_worker_init"](None)
    assert gc.get_freeze_count() > 100_000
    assert gc.get_threshold() == (20_000, 20, 20)

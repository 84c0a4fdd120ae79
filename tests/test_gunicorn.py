"""What the web server does for its processes."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings


@pytest.fixture
def usual_garbage() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("usual_garbage")
def test_a_process_does_not_search_what_was_loaded_for_garbage() -> None:
    path, configured = settings.BASE_DIR / "gunicorn.conf.py", dict[str, Any]()
    exec(compile(path.read_text(), path.name, "exec"), configured)
    assert gc.get_freeze_count() == 0
    configured["post_worker_init"](None)
    assert gc.get_freeze_count() > 100_000
    assert gc.get_threshold()[0] > gc.get_count()[0] > 0

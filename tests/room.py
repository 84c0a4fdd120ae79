"""Room on Python's stack for everything that a test calls.

The stack consists of chunks of 16 KB. A call beyond the end of one allocates the next and frees it on return, so a
loop that calls just there does so every time, https://github.com/python/cpython/issues/142183; Python
from 2026 on keeps one chunk. Beneath pytest, fixtures, client and middleware it was 2 000 times a test, and a fifth of
the processor time.
"""

from collections.abc import Callable

ROOM = 40_000  # values of 8 bytes; the chunk becomes the next power of two, and takes no memory before it is used


def with_room(call: Callable[[], object]) -> object:
    """Call from a frame so large that everything it calls shares its chunk."""
    return call()


with_room.__code__ = with_room.__code__.replace(co_stacksize=ROOM)

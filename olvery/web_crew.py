"""How many connections each process of the web server has, in memory that the processes share.

A client keeps its connection, and with it stays in the process that took it. All processes wait at one socket:
without knowing of each other the one that happens to be awake takes every connection, and the others idle.
"""

import mmap
import struct

MOST_WORKERS = 256  # places; a new worker takes the next one, so two that live never share one
STALE_SECONDS = 2.0  # after that without a word a worker is taken for gone
ROW = struct.Struct("dq")  # when it was written, connections


class Crew:
    """The workers' table. Make it before they are forked."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROW.size * MOST_WORKERS)

    def tell(self, worker: int, connections: int, *, at: float) -> None:
        """Write down how many connections a worker has. `at` is in seconds of `time.monotonic`."""
        ROW.pack_into(self._memory, worker % MOST_WORKERS * ROW.size, at, connections)

    def fewest(self, *, at: float) -> int:
        """Return the fewest connections that any living worker has; 0 where none is known."""
        living = [connections for told_at, connections in ROW.iter_unpack(self._memory) if told_at > at - STALE_SECONDS]
        return min(living, default=0)

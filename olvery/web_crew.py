"""The number of connections of each web server process, in shared memory.

A client keeps its connection, and so stays with the process that accepted it. All processes wait on one socket:
without coordination, the one that happens to be awake accepts every connection, and the others idle.
"""

import mmap
import struct

MOST_WORKERS = 256  # slots; a new worker takes the next one, so that two living workers never share one
STALE_SECONDS = 2.0  # after this time without an update a worker counts as dead
ROW = struct.Struct("dq")  # time of the update, connections


class Crew:
    """The workers' table. Create it before they are forked."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROW.size * MOST_WORKERS)

    def tell(self, worker: int, connections: int, *, at: float) -> None:
        """Store how many connections a worker has. `at` is in seconds of `time.monotonic`."""
        ROW.pack_into(self._memory, worker % MOST_WORKERS * ROW.size, at, connections)

    def fewest(self, *, at: float) -> int:
        """Return the fewest connections that any living worker has; 0 if none is known."""
        living = [connections for told_at, connections in ROW.iter_unpack(self._memory) if told_at > at - STALE_SECONDS]
        return min(living, default=0)

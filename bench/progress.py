"""How far a long step has come: a bar on a terminal, nothing in a log."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bar:
    """A bar that is drawn while its block runs."""

    def __init__(self, what: str, total: int) -> None:
        """Name the step and say how many parts it has."""
        console = Console()
        columns = (TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns,
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(what, total=total)

    def advance(self, parts: int = 1) -> None:
        """Note that more parts are done."""
        self._progress.advance(self._task, parts)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._progress.stop()

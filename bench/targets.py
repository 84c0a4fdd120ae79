"""Speed targets: milliseconds at the median and at the 95th percentile, on a machine with two cores."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """The limits of one row; empty where there is none."""

    p50: float | None = None
    p95: float | None = None
    times_sql: float | None = None

    @property
    def text(self) -> str:
        """«16 / 40», with «≤ 3 × SQL» behind it."""
        both = " / ".join(f"{limit:g}" for limit in (self.p50, self.p95) if limit is not None)
        return f"{both}, ≤ {self.times_sql:g} × SQL" if self.times_sql else both

    def missed(self, p50: float, p95: float, sql: float) -> bool:
        """Return whether a figure is beyond its limit."""
        beyond = (self.p50 and p50 > self.p50, self.p95 and p95 > self.p95)
        return any(beyond) or bool(self.times_sql and sql and p50 > self.times_sql * sql)


LIST = Target(16, 40)
LIST_SEARCH = Target(30, 60)
PEOPLE_SEARCH = Target(10, 20, times_sql=3)
ORDER_PAGE = Target(20)
FORM_PAGE = Target(12)
FRAGMENT = Target(10)
OWN_PAGE = Target()  # none was set
SAVE = Target(20)
REFUSAL = Target(p95=150)
CALENDAR = Target(150)
TODAY = Target(40)

BESIDE_SMALL = 1.3  # × the same page where there are a hundredth of the orders
LIST_BYTES, LIST_BYTES_COMPRESSED = 30 * 1024, 6 * 1024
BOARD_MS = 200  # of a browser, until the board is laid out
CALENDAR_QUERIES, CALENDAR_BYTES_COMPRESSED = 10, 25 * 1024
TODAY_QUERIES = 12
SAVES_A_SECOND, SAVES_A_SECOND_OF_ONE_SERVICE = 150, 100
WEB_PROCESS_MB, COLD_START_SECONDS = 120, 1.5
EXPORT_MB, EXPORT_SECONDS_A_MILLION = 60, 240  # of the worker, beside before
GROWTH_MB = 5  # of a web process between its 5 000th and its 10 000th request

"""The store of the till, in SQLite: it survives a restart."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from olvery.yookassa_sandbox.options import BadOption
from olvery.yookassa_sandbox.wire import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL, due_at REAL, public TEXT NOT NULL, hidden TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS things_due ON things (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, kind TEXT NOT NULL, answer TEXT NOT NULL, first_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    n INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, object_id TEXT, body TEXT NOT NULL,
    state TEXT NOT NULL, note TEXT, created_at REAL NOT NULL, next_at REAL, after_n INTEGER, attempts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, key TEXT, body TEXT NOT NULL, fault TEXT, status INTEGER, answered_at REAL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
EMPTY = """
DELETE FROM things; DELETE FROM answers; DELETE FROM webhooks; DELETE FROM requests; DELETE FROM settings;
DELETE FROM sqlite_sequence;
"""

# Ids look like the provider's; clients must treat them as opaque. A receipt's is three characters longer.
EPOCH = datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()
NUMBERS = {"payment": "000f", "refund": "0015", "receipt": "0019"}
# Moments at which a thing changes by itself.
DUE = ("pays_at", "lapses_at", "registers_at")


@dataclass
class Thing:
    """A payment, refund or receipt: its public fields, and those only the till knows."""

    kind: str
    id: str
    created_at: float
    public: Json
    hidden: Json = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Return the status the API shows."""
        return str(self.public["status"])

    @property
    def due_at(self) -> float | None:
        """Return when the till must check it again."""
        return min((self.hidden[name] for name in DUE if self.hidden.get(name) is not None), default=None)


class Store:
    """One connection for all threads; callers hold the till's lock. Raises BadOption."""

    def __init__(self, path: str) -> None:
        self._depth = 0
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise BadOption(f"{path} cannot be opened: {error}") from error
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            self._db.close()
            raise BadOption(f"{path} is no memory of a sandbox: {error}") from error

    def close(self) -> None:
        self._db.close()

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Execute one statement."""
        return self._db.execute(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of the outermost block, or none."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            if self._depth == 1:
                self._db.execute("ROLLBACK")
            raise
        else:
            if self._depth == 1:
                self._db.execute("COMMIT")
        finally:
            self._depth -= 1

    def add(self, thing: Thing) -> None:
        """Insert a new thing."""
        self.run(
            "INSERT INTO things (kind, id, created_at, due_at, public, hidden) VALUES (?, ?, ?, ?, ?, ?)",
            *(thing.kind, thing.id, thing.created_at, thing.due_at),
            *(json.dumps(thing.public), json.dumps(thing.hidden)),
        )

    def save(self, thing: Thing) -> None:
        """Save a changed thing."""
        self.run(
            "UPDATE things SET due_at = ?, public = ?, hidden = ? WHERE id = ?",
            *(thing.due_at, json.dumps(thing.public), json.dumps(thing.hidden), thing.id),
        )

    def find(self, kind: str, thing_id: str) -> Thing | None:
        """Return the thing, or None if there is no such id of this kind."""
        row = self.run("SELECT * FROM things WHERE id = ? AND kind = ?", thing_id, kind).fetchone()
        return _thing(row) if row else None

    def newest(self, kind: str) -> list[Thing]:
        """Return all of a kind, the newest first."""
        return [_thing(row) for row in self.run("SELECT * FROM things WHERE kind = ? ORDER BY seq DESC", kind)]

    def first_due(self, at: float) -> Thing | None:
        """Return the thing whose change has been due the longest."""
        row = self.run("SELECT * FROM things WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1", at).fetchone()
        return _thing(row) if row else None

    def setting(self, name: str, default: str) -> str:
        row = self.run("SELECT value FROM settings WHERE name = ?", name).fetchone()
        return str(row["value"]) if row else default

    def remember(self, name: str, value: str) -> None:
        """Store a setting; it survives restarts."""
        self.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value)

    def empty(self) -> None:
        """Delete everything, within the caller's transaction."""
        for statement in filter(None, map(str.strip, EMPTY.split(";"))):
            self.run(statement)


def new_thing(kind: str, at: float) -> Thing:
    """Return a new payment, refund or receipt with an id and its creation time only."""
    unique = f"{int(at - EPOCH):08x}-{NUMBERS[kind]}-5000-8000-{secrets.token_hex(6)}"
    return Thing(kind=kind, id=f"rt-{unique}" if kind == "receipt" else unique, created_at=at, public={})


def _thing(row: sqlite3.Row) -> Thing:
    return Thing(
        kind=row["kind"],
        id=row["id"],
        created_at=row["created_at"],
        public=json.loads(row["public"]),
        hidden=json.loads(row["hidden"]),
    )

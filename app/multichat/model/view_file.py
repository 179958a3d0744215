"""The file of a view: SQLite beside the log, with how far the log has been read.

Owns opening it, making it anew when it is of no use, the steps in which it grows, and what a disk that refuses is
called. Knows nothing of what a view keeps: the schema is the view's own. The log is the truth, so nothing in the file
is worth more than the time to make it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from multifeed import StoreError
from multifeed.checkpoint import Checkpointer

_PROGRESS_SCHEMA: Final = """
-- How far the log has been read, and whose log it is.
CREATE TABLE progress (source BLOB NOT NULL, cursor INTEGER NOT NULL) STRICT;
"""

# What a step costs beside what it is for: the pages that it changes are written whole.
_STEP_OVERHEAD_BYTES: Final = 4 * 4096

# The part of an extended error code that says what kind it is.
_ERROR_KIND: Final = 0xFF


class ViewFile:
    """The file at `path`; begun anew if it is missing, damaged, of another version or log, or ahead of its log.

    `source` names the log, `last_arrival` is the cursor of its newest block. Every method raises StoreError when the
    disk refuses.
    """

    def __init__(self, path: Path, schema: str, version: int, source: bytes, last_arrival: int) -> None:
        self._path = path
        self._schema = f"BEGIN;{schema}{_PROGRESS_SCHEMA}PRAGMA user_version={version};COMMIT;"
        self._version = version
        self._source = source
        with self.as_store_error():
            self._use(self._find(last_arrival) or self._make())

    def close(self) -> None:
        """Let go of the file."""
        self._checkpointer.close()
        self._connection.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """To read the view with, inside `as_store_error`."""
        return self._connection

    @property
    def cursor(self) -> int:
        """How far the log has been read."""
        return self._cursor

    @contextmanager
    def step(self, cursor: int, length_bytes: int) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the view to `cursor`.

        `length_bytes` is what it adds to the write-ahead log, near enough to know when to move that.
        """
        with self.as_store_error(), self._connection:
            yield self._connection
            self._connection.execute("UPDATE progress SET cursor = ?", (cursor,))
        self._cursor = cursor
        if self._checkpointer.wrote(length_bytes + _STEP_OVERHEAD_BYTES):
            # The step is through; a disk that refuses now has not refused it.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def begin_anew(self) -> None:
        """Forget everything: the log is read again from its beginning."""
        with self.as_store_error():
            self.close()
            self._use(self._make())

    @contextmanager
    def as_store_error(self) -> Iterator[None]:
        """What the disk refuses, as a StoreError that says what one can do."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self._path} cannot be used: {error}; it can be deleted, it is made anew from the history"
            ) from error

    # --- inside ---

    def _use(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        with _closed_on_failure(connection):
            self._cursor = _cursor_in(connection)
        self._checkpointer = Checkpointer(self._path)

    def _find(self, last_arrival: int) -> sqlite3.Connection | None:
        """The view that is there, if it is of use."""
        with contextlib.suppress(sqlite3.DatabaseError):
            connection = _connect(self._path)
            with _closed_on_failure(connection):
                if self._fits(connection, last_arrival):
                    return connection
            connection.close()
        return None

    def _fits(self, connection: sqlite3.Connection, last_arrival: int) -> bool:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != self._version:
            return False
        rows = connection.execute("SELECT source, cursor FROM progress").fetchall()
        # A cursor past the end: the log was put back to an earlier state.
        return len(rows) == 1 and rows[0][0] == self._source and rows[0][1] <= last_arrival

    def _make(self) -> sqlite3.Connection:
        """Whatever is there cannot be used, and nothing in it is worth keeping."""
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        connection = _connect(self._path)
        with _closed_on_failure(connection):
            connection.executescript(self._schema)
            with connection:
                connection.execute("INSERT INTO progress VALUES (?, 0)", (self._source,))
        return connection


def is_damage(error: StoreError) -> bool:
    """Whether what is in the file cannot be right, and not only the disk refuses at the moment."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and getattr(cause, "sqlite_errorcode", 0) & _ERROR_KIND in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }


def _cursor_in(connection: sqlite3.Connection) -> int:
    cursor: int = connection.execute("SELECT cursor FROM progress").fetchone()[0]
    return cursor


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path)
    with _closed_on_failure(connection):
        connection.execute("PRAGMA journal_mode=WAL")
        # The log is the truth: what a power loss takes from the view is read again.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Whoever is not given a connection need not close it."""
    with ExitStack() as resources:
        resources.callback(connection.close)
        yield
        resources.pop_all()

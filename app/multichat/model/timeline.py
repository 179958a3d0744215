"""The timeline: where each message stands in the conversation.

A disposable view in the sense of the kappa architecture: it reads the log in order of local arrival from a cursor,
keeps only positions, and is made anew when it is missing or does not fit. Owns the order, what is held aside because
its author's clock is far ahead, and the pages that are read. The texts stay in the log, which is the truth.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, Self

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.message import Message, Position, message_of
from multichat.model.record import Record, parse_record
from multifeed import Arrival, BlockDecodeError, DamagedStoreError, Multifeed, NotHeldError, StoreError
from multifeed.checkpoint import Checkpointer

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE positions (
    timestamp_ms INTEGER NOT NULL,
    feed         BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (timestamp_ms, feed, seq)
) STRICT, WITHOUT ROWID;
-- How far the log has been read, and whose log it is.
CREATE TABLE progress (source BLOB NOT NULL, cursor INTEGER NOT NULL) STRICT;
PRAGMA user_version={_SCHEMA_VERSION};
COMMIT;
"""

# Blocks indexed in one go: one or two milliseconds.
_STEP_LENGTH_BLOCKS: Final = 150

# What a position adds to the write-ahead log, and what a step does: near enough to know when to move it.
_POSITION_LENGTH_BYTES: Final = 60
_STEP_OVERHEAD_BYTES: Final = 4 * 4096


class Timeline:
    """The conversation of one room, in order. Every method raises StoreError when the disk refuses.

    `clock_ms` is the local clock: milliseconds since 1970 in UTC.
    """

    def __init__(self, path: Path, multi: Multifeed, source: bytes, clock_ms: Callable[[], int]) -> None:
        self._path = path
        self._multi = multi
        self._clock_ms = clock_ms
        # What is later than this is held aside.
        self._horizon_ms = clock_ms() + CLOCK_AHEAD_MAX_MS
        with _as_store_error(path):
            self._connection = _connect(path, source)
            self._checkpointer = Checkpointer(path)
            self._cursor: int = self._connection.execute("SELECT cursor FROM progress").fetchone()[0]

    @classmethod
    def open(cls, path: Path, multi: Multifeed, *, source: bytes, clock_ms: Callable[[], int]) -> Self:
        """Open the view kept at `path`, or begin a new one if it is missing, damaged, of another version or log.

        `source` names the log: a view of another log is of no use.
        """
        timeline = cls(path, multi, source, clock_ms)
        if timeline._cursor > multi.last_arrival:
            # The log was put back to an earlier state.
            timeline.close()
            _remove(path)
            timeline = cls(path, multi, source, clock_ms)
        return timeline

    def close(self) -> None:
        """Let go of the file."""
        self._checkpointer.close()
        self._connection.close()

    # --- growing ---

    def advance(self) -> tuple[Message, ...] | None:
        """Index what has arrived next, a few milliseconds' worth, and give the messages in it in order of arrival.

        None when everything is indexed. What is held aside is not given (see `release`).
        """
        arrivals = list(islice(self._multi.arrivals(self._cursor), _STEP_LENGTH_BLOCKS))
        return self._index(arrivals) if arrivals else None

    def release(self) -> tuple[Message, ...]:
        """The messages held aside whose time has come."""
        # A clock that is set back takes nothing away that was shown.
        earlier_ms = self._horizon_ms
        self._horizon_ms = max(earlier_ms, self._clock_ms() + CLOCK_AHEAD_MAX_MS)
        return self._messages(
            self._select(
                "WHERE timestamp_ms > ? AND timestamp_ms <= ? ORDER BY timestamp_ms, feed, seq",
                (earlier_ms, self._horizon_ms),
            )
        )

    def next_release_ms(self) -> int | None:
        """When, by the local clock, `release` has something to give; None if nothing is held aside."""
        row = self._select("WHERE timestamp_ms > ? ORDER BY timestamp_ms LIMIT 1", (self._horizon_ms,))
        return row[0].timestamp_ms - CLOCK_AHEAD_MAX_MS if row else None

    def next_timestamp_ms(self) -> int:
        """The timestamp for a message written now: past everything seen, so that no answer sorts above its question."""
        newest = self._select(
            "WHERE timestamp_ms <= ? ORDER BY timestamp_ms DESC LIMIT 1", (self._clock_ms() + CLOCK_AHEAD_MAX_MS,)
        )
        return max(self._clock_ms(), newest[0].timestamp_ms + 1 if newest else 0)

    # --- reading ---

    def before(self, position: Position | None, count: int) -> Sequence[Message]:
        """The last `count` messages before `position` (before the end, if None), oldest first."""
        edge = position or Position(self._horizon_ms + 1, b"", 0)
        newest_first: list[Message] = []
        while len(newest_first) < count and (positions := self._before(edge, count - len(newest_first))):
            edge = positions[-1]
            newest_first += self._messages(positions)
        return tuple(reversed(newest_first))

    def after(self, position: Position | None, count: int) -> Sequence[Message]:
        """The first `count` messages after `position` (from the very first, if None), oldest first."""
        edge = position or Position(-1, b"", 0)
        messages: list[Message] = []
        while len(messages) < count and (positions := self._after(edge, count - len(messages))):
            edge = positions[-1]
            messages += self._messages(positions)
        return tuple(messages)

    def _before(self, edge: Position, count: int) -> list[Position]:
        """Newest first."""
        return self._select(
            "WHERE (timestamp_ms, feed, seq) < (?, ?, ?) AND timestamp_ms <= ?"
            " ORDER BY timestamp_ms DESC, feed DESC, seq DESC LIMIT ?",
            (*edge, self._horizon_ms, count),
        )

    def _after(self, edge: Position, count: int) -> list[Position]:
        return self._select(
            "WHERE (timestamp_ms, feed, seq) > (?, ?, ?) AND timestamp_ms <= ?"
            " ORDER BY timestamp_ms, feed, seq LIMIT ?",
            (*edge, self._horizon_ms, count),
        )

    # --- inside ---

    def _index(self, arrivals: Sequence[Arrival]) -> tuple[Message, ...]:
        messages = [
            message_of(feed, seq, record)
            for _, feed, seq, block in arrivals
            if (record := self._record(block)) is not None
        ]
        with _as_store_error(self._path), self._connection:
            self._connection.executemany(
                # A block that was lost and fetched again is where it was.
                "INSERT OR IGNORE INTO positions VALUES (?, ?, ?)",
                [message.position for message in messages],
            )
            self._connection.execute("UPDATE progress SET cursor = ?", (arrivals[-1].cursor,))
        self._cursor = arrivals[-1].cursor
        if self._checkpointer.wrote(len(messages) * _POSITION_LENGTH_BYTES + _STEP_OVERHEAD_BYTES):
            # The step is through; a disk that refuses now has not refused it.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return tuple(message for message in messages if message.timestamp_ms <= self._horizon_ms)

    def _record(self, block: bytes) -> Record | None:
        try:
            return parse_record(self._multi.decode(block))
        except BlockDecodeError:
            # Not ours to judge: it is kept and passed on, and there is nothing to show.
            return None

    def _messages(self, positions: Iterable[Position]) -> tuple[Message, ...]:
        return tuple(message for message in map(self._message, positions) if message is not None)

    def _message(self, position: Position) -> Message | None:
        feed = self._multi.feed(position.feed)
        if feed is None:
            return None
        try:
            record = self._record(feed.block(position.seq))
        except (NotHeldError, DamagedStoreError):
            # Lost to damage; it comes back when a peer has it.
            return None
        if record is None or record.timestamp_ms != position.timestamp_ms:
            return None
        return message_of(position.feed, position.seq, record)

    def _select(self, clauses: str, parameters: Sequence[object]) -> list[Position]:
        with _as_store_error(self._path):
            rows = self._connection.execute(f"SELECT timestamp_ms, feed, seq FROM positions {clauses}", parameters)  # noqa: S608 (every clause is a literal above)
            return [Position(*row) for row in rows]


def _connect(path: Path, source: bytes) -> sqlite3.Connection:
    with contextlib.suppress(sqlite3.DatabaseError), ExitStack() as resources:
        connection = _open(path)
        resources.callback(connection.close)
        if _fits(connection, source):
            resources.pop_all()
            return connection
    # Whatever is there cannot be used, and nothing in it is worth keeping.
    _remove(path)
    connection = _open(path)
    connection.executescript(_SCHEMA)
    with connection:
        connection.execute("INSERT INTO progress VALUES (?, 0)", (source,))
    return connection


def _open(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    # The log is the truth: what a power loss takes from the view is read again.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _fits(connection: sqlite3.Connection, source: bytes) -> bool:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return version == _SCHEMA_VERSION and connection.execute("SELECT source FROM progress").fetchall() == [(source,)]


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"{path} cannot be used: {error}; it can be deleted, it is made anew from the history"
        ) from error

"""The timeline: where each message stands in the conversation.

A disposable view in the sense of the kappa architecture: it reads the log in order of local arrival from a cursor,
keeps only positions, and is made anew when it is missing or does not fit. Owns the order, what is held aside because
its author's clock is far ahead, and the pages that are read. The texts stay in the log, which is the truth.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Self

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.log import message_at, record_in
from multichat.model.message import Message, Position, message_of
from multichat.model.view_file import ViewFile
from multifeed import Arrival, Multifeed

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE positions (
    timestamp_ms INTEGER NOT NULL,
    feed         BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (timestamp_ms, feed, seq)
) STRICT, WITHOUT ROWID;
"""

# Blocks indexed in one go: one or two milliseconds.
_STEP_LENGTH_BLOCKS: Final = 150

# What a position adds to the write-ahead log.
_POSITION_LENGTH_BYTES: Final = 60


class Timeline:
    """The conversation of one room, in order. Every method raises StoreError when the disk refuses.

    `clock_ms` is the local clock: milliseconds since 1970 in UTC.
    """

    def __init__(self, path: Path, multi: Multifeed, source: bytes, clock_ms: Callable[[], int]) -> None:
        self._multi = multi
        self._clock_ms = clock_ms
        # What is later than this is held aside.
        self._horizon_ms = clock_ms() + CLOCK_AHEAD_MAX_MS
        self._file = ViewFile(path, _SCHEMA, _SCHEMA_VERSION, source, multi.last_arrival)

    @classmethod
    def open(cls, path: Path, multi: Multifeed, *, source: bytes, clock_ms: Callable[[], int]) -> Self:
        """Open the view kept at `path`, or begin a new one if it is missing, damaged, of another version or log.

        `source` names the log: a view of another log is of no use.
        """
        return cls(path, multi, source, clock_ms)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    # --- growing ---

    def advance(self) -> tuple[Message, ...] | None:
        """Index what has arrived next, a few milliseconds' worth, and give the messages in it in order of arrival.

        None when everything is indexed. What is held aside is not given (see `release`).
        """
        arrivals = list(islice(self._multi.arrivals(self._file.cursor), _STEP_LENGTH_BLOCKS))
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

    @property
    def horizon_ms(self) -> int:
        """What is later than this is held aside; `release` moves it."""
        return self._horizon_ms

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
            if (record := record_in(self._multi, block)) is not None
        ]
        with self._file.step(arrivals[-1].cursor, len(messages) * _POSITION_LENGTH_BYTES) as connection:
            connection.executemany(
                # A block that was lost and fetched again is where it was.
                "INSERT OR IGNORE INTO positions VALUES (?, ?, ?)",
                [message.position for message in messages],
            )
        return tuple(message for message in messages if message.timestamp_ms <= self._horizon_ms)

    def _messages(self, positions: Iterable[Position]) -> tuple[Message, ...]:
        messages = (message_at(self._multi, position) for position in positions)
        return tuple(message for message in messages if message is not None)

    def _select(self, clauses: str, parameters: Sequence[object]) -> list[Position]:
        with self._file.as_store_error():
            rows = self._file.connection.execute(
                f"SELECT timestamp_ms, feed, seq FROM positions {clauses}",  # noqa: S608 (every clause is a literal above)
                parameters,
            )
            return [Position(*row) for row in rows]

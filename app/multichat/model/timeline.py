"""The timeline: where each message stands in the conversation.

A disposable view in the sense of the kappa architecture: it reads the log in order of local arrival from a cursor,
keeps only positions, and is made anew when it is missing or does not fit. Owns the order, what is held aside because
its author's clock is far ahead, and the pages that are read. The texts stay in the log, which is the truth.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Self

from multichat.limits import ASIDE_LOOKED_AT_MAX, CLOCK_AHEAD_MAX_MS
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

# Before every message.
_START: Final = Position(-1, b"", 0)

# What a position adds to the write-ahead log.
_POSITION_LENGTH_BYTES: Final = 60


class Timeline:
    """The conversation of one room, in order. Every method raises StoreError when the disk refuses.

    `clock_ms` is the local clock: milliseconds since 1970 in UTC.
    """

    def __init__(self, path: Path, multi: Multifeed, source: bytes, clock_ms: Callable[[], int]) -> None:
        self._multi = multi
        self._clock_ms = clock_ms
        # From here on everything is held aside.
        self._edge = _edge_of(clock_ms())
        # The timestamp that was given last: what was written with it may not be indexed yet.
        self._given_ms = -1
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

    @property
    def unread(self) -> int:
        """How many blocks of the log are not indexed yet."""
        return max(0, self._multi.last_arrival - self._file.cursor)

    def advance(self) -> tuple[Message, ...] | None:
        """Index what has arrived next, a few milliseconds' worth, and give the messages in it in order of arrival.

        None when everything is indexed. What is held aside is not given (see `release`).
        """
        arrivals = list(islice(self._multi.arrivals(self._file.cursor), _STEP_LENGTH_BLOCKS))
        return self._index(arrivals) if arrivals else None

    def release(self) -> tuple[Message, ...]:
        """The next of the messages held aside whose time has come, a few milliseconds' worth; () once that is all."""
        edge = _edge_of(self._clock_ms())
        if edge <= self._edge:
            return ()
        due = self._select(
            "WHERE (timestamp_ms, feed, seq) >= (?, ?, ?) AND timestamp_ms < ?"
            " ORDER BY timestamp_ms, feed, seq LIMIT ?",
            (*self._edge, edge.timestamp_ms, _STEP_LENGTH_BLOCKS),
        )
        is_all = len(due) < _STEP_LENGTH_BLOCKS
        self._edge = edge if is_all else due[-1]._replace(seq=due[-1].seq + 1)
        return self._messages(due)

    def withdraw(self) -> bool:
        """Hold aside again what a clock that was set back makes too far ahead; whether any of it was shown.

        Left where it is, it would stand below all that is said until that clock is as far again.
        """
        earlier = self._edge
        self._edge = min(earlier, _edge_of(self._clock_ms()))
        first = self._after_edge((), None, 1)
        return bool(first) and first[0] < earlier

    def next_release_in_ms(self) -> int | None:
        """How long it is, by the local clock, until `release` has something to give; None if nothing is held aside."""
        first = self._after_edge((), None, 1)
        return first[0].timestamp_ms - CLOCK_AHEAD_MAX_MS - self._clock_ms() if first else None

    def next_timestamp_ms(self) -> int:
        """The timestamp for a message written now: past everything seen, so that no answer sorts above its question.

        What is held aside is no part of that, seen or not: an answer past it would be held aside by everybody too.
        """
        now_ms = self._clock_ms()
        horizon_ms = now_ms + CLOCK_AHEAD_MAX_MS
        newest = self._select("WHERE timestamp_ms <= ? ORDER BY timestamp_ms DESC LIMIT 1", (horizon_ms,))
        seen_ms = newest[0].timestamp_ms if newest else -1
        if self._given_ms <= horizon_ms:
            seen_ms = max(seen_ms, self._given_ms)
        self._given_ms = max(now_ms, seen_ms + 1)
        return self._given_ms

    @property
    def horizon_ms(self) -> int:
        """What is later than this is held aside; `release` and `withdraw` move it."""
        return self._edge.timestamp_ms - 1

    def count_aside(self, left_out: Collection[bytes], maximum: int) -> int:
        """How many messages are held aside, those of the feeds `left_out` not counted; of no more than `maximum`."""
        # Asked again and again, it may not go through all that somebody who is left out has said.
        first = "SELECT feed FROM positions WHERE timestamp_ms >= ? ORDER BY timestamp_ms LIMIT ?"
        counted = f"SELECT 1 FROM ({first}) WHERE {_not_in(left_out)} LIMIT ?"  # noqa: S608 (see _select)
        with self._file.as_store_error():
            rows = self._file.connection.execute(
                f"SELECT count(*) FROM ({counted})",  # noqa: S608 (see _select)
                (self._edge.timestamp_ms, ASIDE_LOOKED_AT_MAX, *left_out, maximum),
            )
            return int(rows.fetchone()[0])

    # --- reading ---

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """The last `count` messages before `position` (before the end, if None), oldest first; none of `without`."""
        return tuple(reversed(self._read(partial(self._before, without), position, count)))

    def after(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """The first `count` messages after `position` (from the start, if None), oldest first; none of `without`."""
        return tuple(self._read(partial(self._after, without), position, count))

    def aside(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """The first `count` held aside after `position` (from the first, if None), oldest first; none of `without`."""
        return tuple(self._read(partial(self._after_edge, without), position, count))

    def _read(
        self, select: Callable[[Position | None, int], list[Position]], edge: Position | None, count: int
    ) -> list[Message]:
        """`count` messages beyond `edge`: where some of them are lost, the ones after those."""
        messages: list[Message] = []
        while len(messages) < count and (positions := select(edge, count - len(messages))):
            edge = positions[-1]
            messages += self._messages(positions)
        return messages

    # Those who are left out may have said a hundred thousand things in a row: SQLite passes over them a hundred times
    # faster than they could be read.

    def _before(self, without: Collection[bytes], edge: Position | None, count: int) -> list[Position]:
        """Newest first."""
        return self._select(
            f"WHERE (timestamp_ms, feed, seq) < (?, ?, ?) AND {_not_in(without)}"
            " ORDER BY timestamp_ms DESC, feed DESC, seq DESC LIMIT ?",
            (*min(edge or self._edge, self._edge), *without, count),
        )

    def _after(self, without: Collection[bytes], edge: Position | None, count: int) -> list[Position]:
        return self._select(
            # The time by itself too: SQLite ends there, and passes over the rest of that millisecond alone.
            "WHERE (timestamp_ms, feed, seq) > (?, ?, ?) AND timestamp_ms <= ?"
            f" AND (timestamp_ms, feed, seq) < (?, ?, ?) AND {_not_in(without)}"
            " ORDER BY timestamp_ms, feed, seq LIMIT ?",
            (*(edge or _START), self._edge.timestamp_ms, *self._edge, *without, count),
        )

    def _after_edge(self, without: Collection[bytes], edge: Position | None, count: int) -> list[Position]:
        start = self._edge if edge is None else edge._replace(seq=edge.seq + 1)
        return self._select(
            f"WHERE (timestamp_ms, feed, seq) >= (?, ?, ?) AND {_not_in(without)}"
            " ORDER BY timestamp_ms, feed, seq LIMIT ?",
            (*start, *without, count),
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
        return tuple(message for message in messages if message.position < self._edge)

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


def _edge_of(now_ms: int) -> Position:
    """Before all that is too far ahead of a clock that shows `now_ms`."""
    return Position(now_ms + CLOCK_AHEAD_MAX_MS + 1, b"", 0)


def _not_in(feeds: Collection[bytes]) -> str:
    """An SQL expression with a parameter for each of them."""
    return f"feed NOT IN ({', '.join('?' * len(feeds))})"

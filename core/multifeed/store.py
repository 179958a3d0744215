"""One room of one profile on the disk: a single SQLite file, locked by this process.

Owns the database, its transactions, and the step from SQLite's errors to ours. Stores rows as they are given: what a
proof or a signature means is the feed's to know.
"""

import contextlib
import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from multifeed.checkpoint import Checkpointer
from multifeed.errors import (
    DamagedStoreError,
    ForeignStoreError,
    NewerStoreError,
    StoreError,
)
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS, LOG_LENGTH_KEPT_BYTES, STORE_BUSY_TIMEOUT_S
from multifeed.lock import Lock
from multifeed.merkle import Head, Node, node_of_completed
from multifeed.ranges import RangeSet

# "mfed", at byte 68 of the file: tells our databases from those of others (SQLite file format, section 1.3).
APPLICATION_ID: Final = 0x6D666564
SCHEMA_VERSION: Final = 1

_HEADER = struct.Struct(">16s44xI4xI")
_MAGIC: Final = b"SQLite format 3\x00"
_ROOT = struct.Struct(">Q32sQ")
_RUN = struct.Struct(">QQ")

# What a block costs beside its data, near enough to know when a checkpoint is due.
_BLOCK_OVERHEAD_BYTES: Final = 150
# And what a transaction costs: the pages of the tables that it touches. A block alone goes to a table and its index.
_TRANSACTION_OVERHEAD_BYTES: Final = 3 * 4096
_APPEND_OVERHEAD_BYTES: Final = 2 * 4096

_LAST_ARRIVAL_NAME: Final = "last arrival"


class FeedRow(NamedTuple):
    """A feed as stored."""

    id: int
    key: bytes
    head: Head
    byte_length: int
    roots: bytes
    held: bytes

    @property
    def is_readable(self) -> bool:
        """Whether roots and ranges are of a possible length."""
        return len(self.roots) % _ROOT.size == 0 and len(self.held) % _RUN.size == 0


class BlockRow(NamedTuple):
    """A block as stored; `completed` as in `merkle.grow`."""

    seq: int
    data: bytes
    completed: bytes


@dataclass(frozen=True, slots=True)
class WriterRow:
    """A feed that is written here."""

    feed_id: int
    name: str
    seed: bytes = field(repr=False)
    is_current: bool


class Arrival(NamedTuple):
    """A block in order of local arrival; `cursor` is where to go on after it."""

    cursor: int
    feed: bytes
    seq: int
    data: bytes


class Store:
    """The open database. Every method raises StoreError when the disk refuses, and has then changed nothing."""

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._connection = connection
        self._checkpointer = Checkpointer(path)
        self._pending_bytes = 0
        self._is_synchronous: bool | None = None
        self._next_arrival = self._find_last_arrival() + 1

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the store at `path`, and lock it.

        Raises LockedError, ForeignStoreError, NewerStoreError, DamagedStoreError, or StoreError for whatever else the
        disk says; the file is then as it was.
        """
        try:
            _make_private(path.parent)
            lock = Lock.acquire(path.with_name(path.name + ".lock"))
        except OSError as error:
            raise StoreError(f"cannot open {path}: {error.strerror or error}") from error
        connection = None
        try:
            connection = _connect(path)
            return cls(path, lock, connection)
        except BaseException:
            if connection is not None:
                connection.close()
            lock.release()
            raise

    def close(self) -> None:
        """Move what is left in the log into the database and let others open it."""
        self._checkpointer.close()
        self._connection.close()
        self._lock.release()

    # --- transactions ---

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[None]:
        """All or nothing.

        With `durable`, it has reached the disk when this ends. Without, it survives a crash of this process, and after
        a power loss an earlier consistent state is found.
        """
        self._set_synchronous(durable)
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            written_bytes, self._pending_bytes = self._pending_bytes, 0
        if self._checkpointer.wrote(written_bytes + _TRANSACTION_OVERHEAD_BYTES):
            self._checkpoint()

    def append(self, feed_id: int, seq: int, block: bytes, completed: bytes) -> None:
        """Add one block that arrives now; it has reached the disk when this returns.

        A transaction of one statement: what appending block by block costs is mostly what is done around the disk.
        """
        self._set_synchronous(True)
        self._execute(
            "INSERT INTO blocks (arrival, feed, seq, data, completed) VALUES (?, ?, ?, ?, ?)",
            (self._next_arrival, feed_id, seq, block, completed),
        )
        self._next_arrival += 1
        if self._checkpointer.wrote(len(block) + _APPEND_OVERHEAD_BYTES):
            self._checkpoint()

    def _set_synchronous(self, durable: bool) -> None:  # noqa: FBT001 (the one thing that it sets)
        if durable != self._is_synchronous:
            self._execute("PRAGMA synchronous=FULL" if durable else "PRAGMA synchronous=NORMAL")
            self._is_synchronous = durable

    def _checkpoint(self) -> None:
        # The commit is through; a disk that refuses now has not refused it, and says so at the next one.
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    # --- feeds ---

    def feeds(self) -> Iterator[FeedRow]:
        """Every feed, in the order in which they came."""
        rows = self._fetch(
            "SELECT id, key, length, tree_hash, signature, byte_length, roots, held FROM feeds ORDER BY id"
        )
        for id_, key, length, tree_hash, signature, byte_length, roots, held in rows:
            yield FeedRow(id_, key, Head(length, tree_hash, signature), byte_length, roots, held)

    def insert_feed(self, key: bytes, head: Head) -> int:
        """Add a feed of which nothing is held; returns its id."""
        cursor = self._execute(
            "INSERT INTO feeds (key, length, byte_length, tree_hash, signature, roots, held, arrival)"
            " VALUES (?, ?, 0, ?, ?, x'', x'', ?)",
            (key, head.length, head.tree_hash, head.signature, self.last_arrival()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update_feed(self, feed_id: int, head: Head, byte_length: int, roots: Sequence[Node], held: RangeSet) -> None:
        """Set the head of a feed and what is held of it."""
        self._execute(
            "UPDATE feeds SET length = ?, byte_length = ?, tree_hash = ?, signature = ?, roots = ?, held = ?,"
            " arrival = ? WHERE id = ?",
            (
                head.length,
                byte_length,
                head.tree_hash,
                head.signature,
                pack_roots(roots),
                pack_ranges(held),
                self.last_arrival(),
                feed_id,
            ),
        )

    # --- blocks and nodes ---

    def insert_blocks(
        self, feed_id: int, seqs: Iterable[int], blocks: Sequence[bytes], completed: Iterable[bytes]
    ) -> None:
        """Add blocks in the order in which they arrived."""
        first = self._next_arrival
        self._next_arrival += len(blocks)
        self._executemany(
            "INSERT INTO blocks (arrival, feed, seq, data, completed) VALUES (?, ?, ?, ?, ?)",
            zip(range(first, self._next_arrival), repeat(feed_id), seqs, blocks, completed, strict=False),
        )
        self._pending_bytes += sum(map(len, blocks)) + len(blocks) * _BLOCK_OVERHEAD_BYTES

    def insert_nodes(self, feed_id: int, nodes: Iterable[Node]) -> None:
        """Add nodes whose last block is not held."""
        self._executemany(
            "INSERT OR REPLACE INTO nodes (feed, node, hash, size) VALUES (?, ?, ?, ?)",
            [(feed_id, *node) for node in nodes],
        )

    def block(self, feed_id: int, seq: int) -> bytes | None:
        """One block's data; None if it is not held."""
        row = self._fetch_one("SELECT data FROM blocks WHERE feed = ? AND seq = ?", (feed_id, seq))
        return None if row is None else row[0]

    def blocks(self, feed_id: int, start: int, end: int) -> list[tuple[int, bytes]]:
        """(seq, data) of the blocks of [start, end) that are held, in order."""
        return self._fetch(
            "SELECT seq, data FROM blocks WHERE feed = ? AND seq >= ? AND seq < ? ORDER BY seq", (feed_id, start, end)
        )

    def node(self, feed_id: int, index: int, last_block: int) -> Node | None:
        """A node of the tree whose last block is `last_block`; None if it is not known here."""
        row = self._fetch_one(
            "SELECT completed, length(data) FROM blocks WHERE feed = ? AND seq = ?", (feed_id, last_block)
        )
        if row is not None:
            return self._node_of_row(index, *row)
        return self.spare_node(feed_id, index)

    def spare_node(self, feed_id: int, index: int) -> Node | None:
        """A node that is stored by itself, since its last block is not held; None if it is not."""
        row = self._fetch_one("SELECT hash, size FROM nodes WHERE feed = ? AND node = ?", (feed_id, index))
        return None if row is None else Node(index, *row)

    def _node_of_row(self, index: int, completed: bytes, block_length: int) -> Node:
        try:
            return node_of_completed(index, completed, block_length)
        except (struct.error, ValueError) as error:
            raise self._damage() from error

    def _damage(self) -> DamagedStoreError:
        return DamagedStoreError(f"{self.path} is damaged in places; multichat --doctor finds and mends what can be")

    def rows(self, feed_id: int, start: int, end: int) -> list[BlockRow]:
        """The rows of the blocks of [start, end) that are held, in order."""
        rows = self._fetch(
            "SELECT seq, data, completed FROM blocks WHERE feed = ? AND seq >= ? AND seq < ? ORDER BY seq",
            (feed_id, start, end),
        )
        return [BlockRow(*row) for row in rows]

    def seqs(self, feed_id: int) -> Iterator[tuple[int, int]]:
        """The runs of seqs of which there are rows, as far as they are possible ones."""
        start = end = 0
        for (seq,) in self._iterate(
            "SELECT seq FROM blocks WHERE feed = ? AND seq >= 0 AND seq < ? ORDER BY seq",
            (feed_id, FEED_LENGTH_MAX_BLOCKS),
        ):
            if seq != end:
                yield start, end
                start = seq
            end = seq + 1
        yield start, end

    def has_impossible_seqs(self, feed_id: int) -> bool:
        """Whether there are rows of seqs that no block can have."""
        return (
            self._fetch_one(
                "SELECT 1 FROM blocks WHERE feed = ? AND (seq < 0 OR seq >= ?) LIMIT 1",
                (feed_id, FEED_LENGTH_MAX_BLOCKS),
            )
            is not None
        )

    def delete_impossible_seqs(self, feed_id: int) -> None:
        """Drop the rows of seqs that no block can have."""
        self._execute("DELETE FROM blocks WHERE feed = ? AND (seq < 0 OR seq >= ?)", (feed_id, FEED_LENGTH_MAX_BLOCKS))

    def update_completed(self, feed_id: int, rows: Iterable[BlockRow]) -> None:
        """Put the hashes of rows right."""
        self._executemany(
            "UPDATE blocks SET completed = ? WHERE feed = ? AND seq = ?",
            [(row.completed, feed_id, row.seq) for row in rows],
        )

    def delete_blocks(self, feed_id: int, start: int, end: int) -> None:
        """Drop the blocks of [start, end)."""
        self._execute("DELETE FROM blocks WHERE feed = ? AND seq >= ? AND seq < ?", (feed_id, start, end))

    def delete_contents(self, feed_id: int) -> None:
        """Drop all that is stored of a feed, but for its row and its secret key."""
        for statement in (
            "DELETE FROM blocks WHERE feed = ?",
            "DELETE FROM nodes WHERE feed = ?",
            "DELETE FROM conflicts WHERE feed = ?",
        ):
            self._execute(statement, (feed_id,))

    def delete_feed(self, feed_id: int) -> None:
        """Drop all that is stored of a feed that is not written here."""
        # It goes with the row that remembers it.
        self.set_meta(_LAST_ARRIVAL_NAME, self.last_arrival().to_bytes(8))
        self.delete_contents(feed_id)
        self._execute("DELETE FROM feeds WHERE id = ?", (feed_id,))

    def arrivals(self, after: int, count: int) -> list[Arrival]:
        """Up to `count` blocks of all feeds in order of arrival, those past cursor `after`."""
        rows = self._fetch(
            "SELECT blocks.arrival, feeds.key, seq, data FROM blocks JOIN feeds ON feeds.id = blocks.feed"
            " WHERE blocks.arrival > ? ORDER BY blocks.arrival LIMIT ?",
            (after, count),
        )
        return [Arrival(*row) for row in rows]

    def last_arrival(self) -> int:
        """The cursor that was given last; 0 if none was."""
        return self._next_arrival - 1

    def _find_last_arrival(self) -> int:
        ((newest,),) = self._fetch("SELECT max(arrival) FROM blocks")
        ((remembered,),) = self._fetch("SELECT max(arrival) FROM feeds")
        return max(newest or 0, remembered or 0, int.from_bytes(self.meta(_LAST_ARRIVAL_NAME) or b""))

    # --- writers, conflicts, meta ---

    def writers(self) -> list[WriterRow]:
        """The feeds that are written here, the older of one name first."""
        return [
            WriterRow(*row) for row in self._execute("SELECT feed, name, seed, is_current FROM writers ORDER BY feed")
        ]

    def insert_writer(self, name: str, feed_id: int, seed: bytes) -> None:
        """Remember that the feed is written here, under `name`, and no other under that name any more."""
        self._execute("UPDATE writers SET is_current = 0 WHERE name = ?", (name,))
        self._execute("INSERT INTO writers (feed, name, seed, is_current) VALUES (?, ?, ?, 1)", (feed_id, name, seed))

    def conflicts(self) -> list[tuple[int, bytes]]:
        """(feed id, packed evidence) of the feeds that are frozen."""
        return self._fetch("SELECT feed, evidence FROM conflicts")

    def set_conflict(self, feed_id: int, evidence: bytes) -> None:
        """Keep the evidence for a feed, in place of any that is there."""
        self._execute("INSERT OR REPLACE INTO conflicts (feed, evidence) VALUES (?, ?)", (feed_id, evidence))

    def delete_conflict(self, feed_id: int) -> None:
        """Drop the evidence for a feed."""
        self._execute("DELETE FROM conflicts WHERE feed = ?", (feed_id,))

    def meta(self, name: str) -> bytes | None:
        """A small value kept with the feeds; None if there is none of that name."""
        row = self._fetch_one("SELECT value FROM meta WHERE name = ?", (name,))
        return None if row is None else row[0]

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep a small value."""
        self._execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    # --- SQLite ---

    def _execute(self, statement: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, parameters)
        except sqlite3.Error as error:
            raise _store_error(self.path, error) from error

    def _fetch(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return list(self._iterate(statement, parameters))

    def _fetch_one(self, statement: str, parameters: Sequence[Any]) -> Any:  # noqa: ANN401 (a row, or None)
        return next(self._iterate(statement, parameters), None)

    def _iterate(self, statement: str, parameters: Sequence[Any]) -> Iterator[Any]:
        # A row that cannot be read fails only when it is reached.
        try:
            yield from self._connection.execute(statement, parameters)
        except sqlite3.Error as error:
            raise _store_error(self.path, error) from error

    def _executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise _store_error(self.path, error) from error


def _make_private(directory: Path) -> None:
    """Make a directory, and those above it that are missing, for its owner alone."""
    if not directory.is_dir():
        _make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def pack_roots(roots: Iterable[Node]) -> bytes:
    """Roots as they stand in a feed's row: u64be index | hash | u64be size, each."""
    return b"".join(_ROOT.pack(*root) for root in roots)


def unpack_roots(packed: bytes) -> list[Node]:
    """The roots of a feed's row. Raises DamagedStoreError."""
    try:
        return [Node(*root) for root in _ROOT.iter_unpack(packed)]
    except struct.error as error:
        raise DamagedStoreError("the roots of a feed are damaged") from error


def pack_ranges(ranges: Iterable[tuple[int, int]]) -> bytes:
    """Ranges as they stand in a feed's row: u64be start | u64be end, each."""
    return b"".join(_RUN.pack(*run) for run in ranges)


def unpack_ranges(packed: bytes) -> RangeSet:
    """The ranges of a feed's row. Raises DamagedStoreError."""
    try:
        return RangeSet(_RUN.iter_unpack(packed))
    except struct.error as error:
        raise DamagedStoreError("what is held of a feed is damaged") from error


def _connect(path: Path) -> sqlite3.Connection:
    is_new = _check_header(path)
    # Made by us and not by SQLite, so that only its owner can read it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        connection = sqlite3.connect(
            path, timeout=STORE_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=64
        )
    except sqlite3.Error as error:
        raise _store_error(path, error) from error
    try:
        if is_new:
            _create(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute(f"PRAGMA journal_size_limit={LOG_LENGTH_KEPT_BYTES}")
        connection.execute("SELECT count(*) FROM meta").fetchone()
    except sqlite3.Error as error:
        connection.close()
        raise _store_error(path, error) from error
    return connection


def _check_header(path: Path) -> bool:
    """Whether the store is still to be made. Looks at the file without SQLite, which would already write to it."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    if not header:
        return True
    magic, version, application_id = _HEADER.unpack(header.ljust(_HEADER.size, b"\x00"))
    if magic != _MAGIC or application_id != APPLICATION_ID:
        raise ForeignStoreError(f"{path} is not a multifeed store; it was left as it is")
    if version > SCHEMA_VERSION:
        raise NewerStoreError(f"{path} was written by a newer version (format {version}); update this program")
    return False


def _create(connection: sqlite3.Connection) -> None:
    from importlib.resources import files  # noqa: PLC0415 (whoever opens a store that there is need not wait for it)

    # One transaction of the rollback journal: a crash leaves an empty file or a whole store.
    schema = files("multifeed").joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(
        f"BEGIN; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION}; {schema} COMMIT;"
    )


def _store_error(path: Path, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    primary_code = code & 0xFF if code is not None else None
    if primary_code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return DamagedStoreError(f"{path} is damaged ({error}); move it away and keep it, then start again")
    if primary_code == sqlite3.SQLITE_FULL:
        return StoreError(f"the disk with {path} is full; make room and try again")
    if primary_code == sqlite3.SQLITE_READONLY:
        return StoreError(f"{path} cannot be written: {error}")
    return StoreError(f"{path}: {error}")

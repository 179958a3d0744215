"""The set of feeds of a room: the ones written here, by name, and everybody else's, by key.

Owns which feeds there are, which of them are not wanted, and who hears that one has grown. Knows nothing of peers: what
they send comes in through `Feed.accept`.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from weakref import WeakValueDictionary

from multifeed.audit import Damage, FeedAudit, audit_feed, is_head_sound
from multifeed.conflict import Conflict
from multifeed.encoding import encoding_named
from multifeed.errors import InvalidArgumentError, InvalidProofError, StoreError
from multifeed.feed import Feed, Shelf
from multifeed.keys import KEY_LENGTH_BYTES, KeyPair, require_key
from multifeed.limits import BLOCKED_FEEDS_MAX, WRITER_NAME_LENGTH_MAX
from multifeed.merkle import EMPTY_HEAD
from multifeed.ranges import RangeSet
from multifeed.store import Arrival, FeedRow, Store, WriterRow

# The file inside a directory that is given instead of a file.
_STORE_NAME: Final = "multifeed.sqlite"

# The small value in which the keys of blocked feeds are kept.
_BLOCKED_NAME: Final = "blocked"

# How many arrivals are read at a time.
_READ_LENGTH_BLOCKS: Final = 256

Listener = Callable[[Feed, int, int], None]


class Multifeed:
    """The feeds of one store; made by `open`, used as a context manager or closed by `close`.

    Safe to use from several threads. A second process, or a second `open` in this one, is refused.
    """

    def __init__(self, store: Store, value_encoding: str) -> None:
        self._lock = threading.RLock()
        self._shelf = Shelf(store, encoding_named(value_encoding), self._lock, self._remember, self._tell)
        self._listeners: list[Listener] = []
        self._feeds: dict[bytes, Feed] = {}
        # One object for each feed, also while nothing of it is stored; gone when nobody holds it.
        self._candidates: WeakValueDictionary[bytes, Feed] = WeakValueDictionary()
        # By name, each continued in the next.
        self._writers: dict[str, list[Feed]] = {}
        # What audits have found since the store was opened.
        self.damages: list[Damage] = []
        self._shelf.blocked = _keys_in(store.meta(_BLOCKED_NAME) or b"")
        self._load()

    @classmethod
    def open(cls, path: str | Path, value_encoding: str = "binary") -> Self:
        """Open or create the store at `path`, a file, or a directory to keep one in.

        `value_encoding` is "binary" (bytes), "cbor" or "json". Raises InvalidArgumentError for any other, StoreError or
        one of its kinds when the disk does not allow it or somebody else has it open.
        """
        encoding_named(value_encoding)
        store = Store.open(_file_at(Path(path)))
        try:
            return cls(store, value_encoding)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let others open the store. Whatever would read or write it raises ClosedError from now on."""
        with self._lock:
            if self._shelf.is_open:
                # What a disk that refuses leaves unwritten is found by whoever opens the store next.
                with contextlib.suppress(StoreError):
                    self._write_heads()
                self._shelf.is_open = False
                self._shelf.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- feeds ---

    def writer(self, name: str, *, key_pair: KeyPair | None = None) -> Feed:
        """The feed that is written here under `name`; made at the first call, with `key_pair` or a new one.

        Names are this store's own: no foreign feed is ever found by one. Raises InvalidArgumentError for a name that is
        empty or too long, and for a key pair that is not the one the name was made with, or belongs to another name.
        """
        if not isinstance(name, str) or not 0 < len(name) <= WRITER_NAME_LENGTH_MAX:
            raise InvalidArgumentError(f"the name of a writer has 1 to {WRITER_NAME_LENGTH_MAX} characters")
        with self._lock:
            self._shelf.require_open()
            if name not in self._writers:
                return self._make_writer(name, key_pair or KeyPair.generate())
            feed = self._writers[name][-1]
        if key_pair is not None and key_pair.public_key != feed.key:
            raise InvalidArgumentError(f"the writer {name!r} has another key")
        return feed

    def has_writer(self, name: str) -> bool:
        """Whether a feed is written here under `name`; `writer` would make it otherwise."""
        with self._lock:
            return name in self._writers

    def continue_writer(self, name: str) -> Feed:
        """A new feed under the name of one that forked; from now on `writer` gives this one.

        The old one stays, and `earlier_writers` lists it. Raises InvalidArgumentError if nothing was written under it.
        """
        with self._lock:
            self._shelf.require_open()
            if name not in self._writers:
                raise InvalidArgumentError(f"there is no writer {name!r}")
            return self._make_writer(name, KeyPair.generate())

    def earlier_writers(self, name: str) -> list[Feed]:
        """The feeds that were written under `name` before the present one, the oldest first."""
        with self._lock:
            return self._writers.get(name, [])[:-1]

    def add(self, key: bytes) -> Feed:
        """The feed of a public key; remembered from now on, even while nothing of it is held."""
        require_key(key, "a feed's key")
        with self._lock:
            self._shelf.require_open()
            feed = self._feeds.get(key)
            if feed is None:
                with self._shelf.store.transaction(durable=True):
                    row = self._insert_feed(key)
                feed = self._feeds[key] = Feed(self._shelf, key, row, None)
            return feed

    def feed(self, key: bytes) -> Feed | None:
        """The feed of a public key, None if there is none."""
        require_key(key, "a feed's key")
        return self._feeds.get(key)

    def feeds(self) -> list[Feed]:
        """All feeds, in the order in which they came."""
        with self._lock:
            return list(self._feeds.values())

    def candidate(self, key: bytes) -> Feed:
        """The feed of a public key that somebody claims to exist.

        It costs nothing on the disk, and becomes one of `feeds` with the first block of it that is accepted.
        """
        require_key(key, "a feed's key")
        with self._lock:
            feed = self._feeds.get(key) or self._candidates.get(key)
            if feed is None:
                feed = self._candidates[key] = Feed(self._shelf, key, None, None)
            return feed

    # --- feeds that are not wanted ---

    @property
    def blocked(self) -> frozenset[bytes]:
        """The keys of the feeds that are blocked, whether anything of them is held or not."""
        return self._shelf.blocked

    def block(self, key: bytes) -> None:
        """Take nothing more of a feed and pass nothing of it on, until it is unblocked, also after a restart.

        What is held of it stays and can be read here: nobody is asked for it again when one changes one's mind. Raises
        InvalidArgumentError for a feed that is written here, and for more than BLOCKED_FEEDS_MAX.
        """
        require_key(key, "a feed's key")
        with self._lock:
            if (feed := self._feeds.get(key)) is not None and feed.writable:
                raise InvalidArgumentError("a feed that is written here cannot be blocked")
            if len(self.blocked | {key}) > BLOCKED_FEEDS_MAX:
                raise InvalidArgumentError(f"no more than {BLOCKED_FEEDS_MAX} feeds can be blocked")
            self._set_blocked(self.blocked | {key}, key)

    def unblock(self, key: bytes) -> None:
        """Take a feed and pass it on like all others again."""
        require_key(key, "a feed's key")
        with self._lock:
            self._set_blocked(self.blocked - {key}, key)

    def _set_blocked(self, keys: frozenset[bytes], changed: bytes) -> None:
        if keys != self.blocked:
            self.set_meta(_BLOCKED_NAME, b"".join(sorted(keys)))
            self._shelf.blocked = keys
            self._tell(self.candidate(changed), 0, 0)

    # --- what happens ---

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(feed, start, end)` whenever blocks [start, end) are stored or a longer head is taken over.

        The range is empty when only the head is new, or the feed is blocked now or no more. It is called after the
        commit, in the thread that made it. Returns what ends that.
        """
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def arrivals(self, after: int = 0) -> Iterator[Arrival]:
        """Every block past cursor `after`, in order of local arrival, each once; ends at the newest."""
        while True:
            with self._lock:
                self._shelf.require_open()
                arrivals = self._shelf.store.arrivals(after, _READ_LENGTH_BLOCKS)
            yield from arrivals
            if len(arrivals) < _READ_LENGTH_BLOCKS:
                return
            after = arrivals[-1].cursor

    @property
    def last_arrival(self) -> int:
        """The cursor of the block that arrived last; 0 if none has."""
        with self._lock:
            self._shelf.require_open()
            return self._shelf.store.last_arrival()

    def decode(self, block: bytes) -> object:
        """The value in a block of any of the feeds. Raises BlockDecodeError."""
        return self._shelf.encoding.decode(block)

    # --- damage ---

    def audit(self, keys: Collection[bytes] | None = None) -> list[Damage]:
        """Check everything stored, or the feeds of `keys`, against the signed heads, and drop what does not hold.

        What was dropped is missing from then on, and fetched again from peers. Returns what was found, by feed and
        range. One feed that cannot even be read keeps no other from being checked.
        """
        with self._lock:
            self._shelf.require_open()
            self._write_heads()
            conflicts = dict(self._shelf.store.conflicts())
            damages: list[Damage] = []
            for row in self._rows(keys):
                damages += self._audit_feed(row, may_have_grown=False)
                if row.id in conflicts:
                    damages += self._audit_conflict(row, conflicts[row.id])
        self.damages += damages
        return damages

    def _rows(self, keys: Collection[bytes] | None) -> list[FeedRow]:
        return [row for row in self._shelf.store.feeds() if keys is None or row.key in keys]

    def _audit_feed(self, row: FeedRow, *, may_have_grown: bool) -> list[Damage]:
        try:
            audit = audit_feed(self._shelf.store, row, may_have_grown=may_have_grown)
        except StoreError as error:
            return [Damage(row.key, 0, row.head.length, f"cannot be read: {error}")]
        if not audit.is_sound:
            self._mend(row, audit)
        return audit.damages

    def _audit_conflict(self, row: FeedRow, evidence: bytes) -> list[Damage]:
        """Evidence that shows nothing is dropped: whoever has it whole shows it again."""
        if _conflict_in(evidence, row.key) is not None:
            return []
        with self._shelf.store.transaction(durable=True):
            self._shelf.store.delete_conflict(row.id)
        feed = self._feeds.get(row.key)
        if feed is not None:
            feed.thawed()
            self._tell(feed, 0, 0)
        return [Damage(row.key, 0, 0, "what shows that it has two histories was changed")]

    def _write_heads(self) -> None:
        for feeds in self._writers.values():
            for feed in feeds:
                feed.write_head()

    def _mend(self, row: FeedRow, audit: FeedAudit) -> None:
        store = self._shelf.store
        if audit.head is None:
            self._forget(row)
            return
        with store.transaction(durable=True):
            store.delete_impossible_seqs(row.id)
            for start, end in audit.dropped:
                store.delete_blocks(row.id, start, end)
            store.insert_nodes(row.id, audit.spare_nodes)
            store.update_completed(row.id, audit.repaired)
            byte_length = sum(root.size for root in audit.roots)
            store.update_feed(row.id, audit.head, byte_length, audit.roots, audit.held)
        feed = self._feeds.get(row.key)
        if feed is not None:
            feed.mended(audit.head, audit.roots, audit.held)
            self._tell(feed, 0, 0)

    def _forget(self, row: FeedRow) -> None:
        """Drop all of a feed without a head: it comes again from others. One's own is continued in another."""
        store = self._shelf.store
        feed = self._feeds.get(row.key)
        writer = next((writer for writer in store.writers() if writer.feed_id == row.id), None)
        if writer is None:
            with store.transaction(durable=True):
                store.delete_feed(row.id)
            if feed is not None:
                self._candidates[row.key] = self._feeds.pop(row.key)
                feed.forgotten()
                self._tell(feed, 0, 0)
            return
        if writer.is_current:
            self._make_writer(writer.name, KeyPair.generate())
        with store.transaction(durable=True):
            store.delete_contents(row.id)
            store.update_feed(row.id, EMPTY_HEAD, 0, [], RangeSet())
        if feed is not None:
            feed.thawed()
            feed.mended(EMPTY_HEAD, [], RangeSet())
            self._tell(feed, 0, 0)

    # --- small values ---

    def meta(self, name: str) -> bytes | None:
        """A small value kept beside the feeds; None if there is none of that name."""
        with self._lock:
            self._shelf.require_open()
            return self._shelf.store.meta(name)

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep a small value beside the feeds; on the disk when this returns."""
        with self._lock:
            self._shelf.require_open()
            with self._shelf.store.transaction(durable=True):
                self._shelf.store.set_meta(name, value)

    # --- inside ---

    def _load(self) -> None:
        store = self._shelf.store
        written = {writer.feed_id for writer in store.writers()}
        # One damaged feed hides no other: it is mended before any is loaded. And nothing is signed over roots that the
        # disk has changed.
        for row in store.feeds():
            if not (row.is_readable and (row.id not in written or is_head_sound(row))):
                self.damages += self._audit_feed(row, may_have_grown=row.id in written)
        self._feeds.clear()
        self._writers.clear()
        writers = {writer.feed_id: writer for writer in store.writers()}
        conflicts = dict(store.conflicts())
        damaged = []
        for row in store.feeds():
            writer = writers.get(row.id)
            key_pair = None if writer is None else _key_pair_of(writer.seed, row.key)
            conflict = _conflict_in(conflicts[row.id], row.key) if row.id in conflicts else None
            feed = self._feeds[row.key] = Feed(self._shelf, row.key, row, key_pair, conflict)
            if writer is not None and key_pair is not None:
                self._load_writer(writer, feed)
                if not feed.resume():
                    damaged.append(row.key)
            if row.id in conflicts and conflict is None:
                damaged.append(row.key)
        if damaged:
            self.audit(damaged)

    def _load_writer(self, writer: WriterRow, feed: Feed) -> None:
        self._writers.setdefault(writer.name, []).append(feed)
        if not writer.is_current:
            feed.superseded()

    def _make_writer(self, name: str, key_pair: KeyPair) -> Feed:
        store = self._shelf.store
        if key_pair.public_key in self._feeds:
            raise InvalidArgumentError("the key pair belongs to a feed that is already here")
        if key_pair.public_key in self.blocked:
            raise InvalidArgumentError("the key pair belongs to a feed that is blocked here")
        with store.transaction(durable=True):
            row = self._insert_feed(key_pair.public_key)
            store.insert_writer(name, row.id, key_pair.seed)
        feed = self._feeds[row.key] = Feed(self._shelf, row.key, row, key_pair)
        for earlier in self._writers.setdefault(name, []):
            earlier.superseded()
        self._writers[name].append(feed)
        return feed

    def _insert_feed(self, key: bytes) -> FeedRow:
        return FeedRow(self._shelf.store.insert_feed(key, EMPTY_HEAD), key, EMPTY_HEAD, 0, b"", b"")

    def _remember(self, feed: Feed) -> None:
        self._feeds[feed.key] = feed

    def _tell(self, feed: Feed, start: int, end: int) -> None:
        for listener in tuple(self._listeners):
            listener(feed, start, end)


def _conflict_in(evidence: bytes, key: bytes) -> Conflict | None:
    """What is stored as evidence against a feed; None if it shows nothing."""
    with contextlib.suppress(InvalidProofError):
        conflict = Conflict.unpack(evidence)
        conflict.require_valid(key)
        return conflict
    return None


def _keys_in(packed: bytes) -> frozenset[bytes]:
    """The keys that stand one after the other; what is left over is what the disk has changed."""
    ends = range(KEY_LENGTH_BYTES, len(packed) + 1, KEY_LENGTH_BYTES)
    return frozenset(packed[end - KEY_LENGTH_BYTES : end] for end in ends)


def _file_at(path: Path) -> Path:
    try:
        return path / _STORE_NAME if path.is_dir() else path
    except OSError as error:
        raise StoreError(f"cannot open {path}: {error.strerror or error}") from error


def _key_pair_of(seed: bytes, key: bytes) -> KeyPair | None:
    """The key pair of a feed; None if the disk has changed its seed: it can be read then, and not written."""
    with contextlib.suppress(InvalidArgumentError):
        key_pair = KeyPair.from_seed(seed)
        return key_pair if key_pair.public_key == key else None
    return None

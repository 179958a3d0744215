"""One's own feeds in a room: which of them is written, and how one goes on in the next.

There are two names to write under. Under the first one everybody begins, in CBOR. Once the room is shared with
JavaScript programs, which read JSON alone, one writes under the second from then on. Under each, a feed goes on in
another when a copied profile has made it fork. Whatever the reason, the new feed's first record is signed with the key
of the one before, so that all of them are one person's.

Owns which feed is written, the records that link them, and how a record becomes a block. Knows no network.
"""

from multichat.model.record import Record, continuation_value, is_json, json_block, json_continuation
from multichat.profile import JSON_WRITER_NAME, WRITER_NAME
from multifeed import Feed, KeyPair, Multifeed, NotHeldError, StoreError


class OwnFeed:
    """The feed that is written now, `feed`; earlier ones are still ours. With `in_json`, it is one of JSON."""

    def __init__(self, multi: Multifeed, *, in_json: bool = False) -> None:
        self._multi = multi
        # Feeds of others that do not begin with JSON: what they begin with stays as it is.
        self._not_json: set[bytes] = set()
        # Those that were written to since this was made.
        self._written: dict[bytes, Feed] = {}
        self._name = WRITER_NAME
        self._take_up(multi.writer(WRITER_NAME))
        if in_json or multi.has_writer(JSON_WRITER_NAME):
            self.go_on_in_json()
        elif self.feed.conflict is not None:
            self.go_on_in_another()

    @property
    def key_pair(self) -> KeyPair:
        """The key pair of the feed that is written now."""
        return _key_pair(self.feed)

    @property
    def first_key(self) -> bytes:
        """The key of the first feed of all that were ever ours here."""
        return next(iter(self._multi.earlier_writers(WRITER_NAME)), self._multi.writer(WRITER_NAME)).key

    @property
    def is_json(self) -> bool:
        """Whether what is written now is JSON."""
        return self._name == JSON_WRITER_NAME

    @property
    def written(self) -> list[Feed]:
        """The feed that is written now, and those that were in this run."""
        return [*self._written.values(), *([] if self.feed.key in self._written else [self.feed])]

    def owns(self, key: bytes) -> bool:
        """Whether the feed of `key` is ours, now or from before."""
        return key in self.keys

    def append(self, record: Record) -> int:
        """Write a record; it is on the disk when this returns its seq. Raises as `Feed.append`."""
        value = record.value()
        seq = self.feed.append_block(json_block(value)) if self.is_json else self.feed.append(value)
        self._written[self.feed.key] = self.feed
        return seq

    def is_to_change(self) -> bool:
        """Whether somebody whom we hear writes JSON, and we do not yet.

        Somebody in the room then reads nothing else. That is so once the first block of a feed of theirs is here.
        """
        if self.is_json:
            return False
        blocked = self._multi.blocked
        return any(feed.key not in blocked and self._is_in_json(feed) for feed in self._multi.feeds())

    def _is_in_json(self, feed: Feed) -> bool:
        if feed.key in self.keys or feed.key in self._not_json or 0 not in feed.held:
            return False
        try:
            block = feed.block(0)
        except (NotHeldError, StoreError):
            # Not to be read now; asked again, it may be.
            return False
        if not is_json(block):
            self._not_json.add(feed.key)
        return is_json(block)

    @property
    def is_superseded(self) -> bool:
        """Whether an audit has found the feed lost on the disk, and it is continued in another already."""
        return self._multi.writer(self._name) is not self.feed

    def go_on_in_another(self) -> None:
        """Write to a new feed from now on, its first record signed by the one before."""
        multi, name = self._multi, self._name
        self._take_up(multi.writer(name) if self.is_superseded else multi.continue_writer(name))

    def go_on_in_json(self) -> None:
        """Write JSON from now on."""
        self._name = JSON_WRITER_NAME
        self._take_up(self._multi.writer(JSON_WRITER_NAME))
        if self.feed.conflict is not None:
            self.go_on_in_another()

    def _take_up(self, feed: Feed) -> None:
        self.feed = feed
        names = (WRITER_NAME, JSON_WRITER_NAME) if self.is_json else (WRITER_NAME,)
        feeds = [one for name in names for one in (*self._multi.earlier_writers(name), self._multi.writer(name))]
        self.keys = frozenset(one.key for one in feeds)
        # A crash may have come between the new feed and its first record.
        if len(feeds) > 1 and feed.length == 0 and feed.conflict is None:
            self._link(feeds[-2])

    def _link(self, earlier: Feed) -> None:
        if self.is_json:
            self.feed.append_block(json_continuation(_key_pair(earlier), self.feed.key))
        else:
            self.feed.append(continuation_value(_key_pair(earlier), self.feed.key))


def _key_pair(feed: Feed) -> KeyPair:
    key_pair = feed.key_pair
    assert key_pair is not None, "our own feed is written here"
    return key_pair

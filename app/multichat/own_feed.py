"""One's own feed in a room, and how it goes on in another when a copied profile has made it fork.

Owns which feed is written and the record that links it to the one before. Knows no network.
"""

from multichat.model.record import continuation_value
from multichat.profile import WRITER_NAME
from multifeed import Feed, KeyPair, Multifeed


class OwnFeed:
    """The feed that is written now, `feed`; earlier ones are still ours."""

    def __init__(self, multi: Multifeed) -> None:
        self._multi = multi
        self.feed: Feed = multi.writer(WRITER_NAME)
        if self.feed.conflict is not None:
            self.go_on_in_another()
        else:
            # A crash may have come between the new feed and its first record.
            self._link()

    @property
    def key_pair(self) -> KeyPair:
        """The key pair of the feed that is written now."""
        return _key_pair(self.feed)

    @property
    def first_key(self) -> bytes:
        """The key of the first feed of all that were ever ours here."""
        return next(iter(self._multi.earlier_writers(WRITER_NAME)), self.feed).key

    def owns(self, key: bytes) -> bool:
        """Whether the feed of `key` is ours, now or from before."""
        return key == self.feed.key or any(feed.key == key for feed in self._multi.earlier_writers(WRITER_NAME))

    @property
    def is_superseded(self) -> bool:
        """Whether an audit has found the feed lost on the disk, and it is continued in another already."""
        return self._multi.writer(WRITER_NAME) is not self.feed

    def go_on_in_another(self) -> None:
        """Write to a new feed from now on, its first record signed by the one before."""
        if self.is_superseded:
            self.feed = self._multi.writer(WRITER_NAME)
        else:
            self.feed = self._multi.continue_writer(WRITER_NAME)
        self._link()

    def _link(self) -> None:
        earlier = self._multi.earlier_writers(WRITER_NAME)
        if earlier and self.feed.length == 0:
            self.feed.append(continuation_value(_key_pair(earlier[-1]), self.feed.key))


def _key_pair(feed: Feed) -> KeyPair:
    key_pair = feed.key_pair
    assert key_pair is not None, "our own feed is written here"
    return key_pair

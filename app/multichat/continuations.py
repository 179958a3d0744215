"""Which feed goes on in which other: those that a person whose profile was copied has written one after the other.

Owns the step from the record that a feed begins with, signed with the key of the one before, to which feeds are one
person's. Knows neither names nor the network.
"""

from collections.abc import Collection, Iterator
from itertools import islice

from multichat.limits import CONTINUATIONS_MAX
from multichat.model.log import continued_in
from multifeed import Multifeed, NotHeldError, StoreError


class Continuations:
    """Of the feeds of `multi`, as far as their beginnings are here."""

    def __init__(self, multi: Multifeed) -> None:
        self._multi = multi
        # Of the feeds whose beginning has been read: the one before.
        self._earlier: dict[bytes, bytes | None] = {}
        # In which they are known to go on; there are several where more than one has the key.
        self._later: dict[bytes, set[bytes]] = {}

    @property
    def continued(self) -> Collection[bytes]:
        """The feeds that are known to go on in another."""
        return self._later.keys()

    def earlier(self, key: bytes) -> bytes | None:
        """The feed that this one continues; None if it continues none, or its beginning is not here yet."""
        if key in self._earlier:
            return self._earlier[key]
        feed = self._multi.feed(key)
        if feed is None or 0 not in feed.held:
            return None
        try:
            earlier = continued_in(self._multi, feed.block(0), key)
        except (NotHeldError, StoreError):
            # Not to be read now; asked again, it may be.
            return None
        self._earlier[key] = earlier
        if earlier is not None:
            self._later.setdefault(earlier, set()).add(key)
        return earlier

    def is_one(self, one: bytes, other: bytes) -> bool:
        """Whether one of two feeds has come to go on in the other. Two that continue one feed may be two people's."""
        return one in self.lineage(other) or other in self.lineage(one)

    def lineage(self, key: bytes) -> tuple[bytes, ...]:
        """The feeds that lead to this one, which is the last."""
        keys = [key]
        while len(keys) < CONTINUATIONS_MAX and (earlier := self.earlier(keys[0])) is not None and earlier not in keys:
            keys.insert(0, earlier)
        return tuple(keys)

    def root(self, key: bytes) -> bytes:
        """The first of the feeds that lead to this one, as far as they are here: it stays what it is."""
        return self.lineage(key)[0]

    def former(self, key: bytes) -> Iterator[bytes]:
        """The feeds that are known to lead to this one and to no other, the last one first."""
        for _ in range(CONTINUATIONS_MAX):
            earlier = self._earlier.get(key)
            if earlier is None or self._later[earlier] != {key}:
                break
            yield earlier
            key = earlier

    def vouched(self, key: bytes) -> tuple[bytes, ...]:
        """This feed, and those whose owner nobody else can be: they lead to no other, and none of them has forked."""
        keys = [key]
        for earlier in self.former(key):
            feed = self._multi.feed(earlier)
            if feed is not None and feed.conflict is not None:
                break
            keys.append(earlier)
        return tuple(keys)

    def later(self, key: bytes, feeds_max: int) -> tuple[bytes, ...]:
        """The feeds in which this one goes on, of the first `feeds_max` of the room."""
        feeds = islice(self._multi.feeds(), feeds_max)
        return tuple(feed.key for feed in feeds if feed.key != key and key in self.lineage(feed.key))

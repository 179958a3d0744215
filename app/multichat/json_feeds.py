"""Which feeds are JSON throughout: only those are for JavaScript programs, which read every block of a feed as JSON.

Owns how far each feed has been looked through. Knows neither links nor whose a feed is.
"""

from typing import Final

from multichat.model.record import json_value
from multifeed import Feed, NotHeldError, RangeSet, StoreError

# Blocks that are read at a time: a millisecond or two.
_READ_LENGTH_BLOCKS: Final = 256


class JsonFeeds:
    """Of one multifeed, as far as its feeds are here; each block is read once."""

    def __init__(self) -> None:
        # Of each feed: what was looked through, and what was held when all of that had been.
        self._read: dict[bytes, RangeSet] = {}
        self._seen: dict[bytes, RangeSet] = {}
        # Those with a block that is anything else. It stays so.
        self._others: set[bytes] = set()

    def holds(self, feed: Feed) -> bool:
        """Whether something is held of a feed, and all of that are objects of JSON."""
        while self.read_on(feed):
            pass
        return bool(feed.held) and self._seen.get(feed.key) is feed.held

    def read_on(self, feed: Feed) -> bool:
        """Look through more of what is held of a feed, for a moment; whether there is more."""
        held = feed.held
        if feed.key in self._others or self._seen.get(feed.key) is held:
            return False
        read = self._read.setdefault(feed.key, RangeSet())
        gap = next((gap for run in held for gap in read.gaps(*run)), None)
        if gap is None:
            self._seen[feed.key] = held
            return False
        start, end = gap[0], min(gap[0] + _READ_LENGTH_BLOCKS, gap[1])
        try:
            blocks = feed.blocks(start, end)
        except (NotHeldError, StoreError):
            # Not to be read now; until it is, nobody is told of it.
            return False
        if not all(json_value(block) is not None for block in blocks):
            self._others.add(feed.key)
            self._seen.pop(feed.key, None)
            return False
        read.add(start, end)
        return True

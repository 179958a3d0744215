"""What is taken over all links with JavaScript peers together: asked for once, and no faster than anybody reads.

Owns what has been asked for on any of them, and how much each feed may grow. Knows no links.
"""

from collections.abc import Callable, Sequence

from multifeed import limits
from multifeed.feed import Feed
from multifeed.hypercore9.reserved import Reserved
from multifeed.merkle import Proof
from multifeed.multifeed import Multifeed
from multifeed.protocol.pace import Growth, Pace


class Intake:
    """Into `multi`; `on_flood` hears, once, of a feed that is taken slowly from now on."""

    def __init__(self, multi: Multifeed, on_flood: Callable[[bytes], None] = lambda _key: None) -> None:
        self.reserved = Reserved()
        self._multi = multi
        self._on_flood = on_flood
        self._pace = Pace()

    def length_max(self, key: bytes) -> int:
        """Up to where a feed may be taken for now."""
        return self._pace.lengths_max.get(key, limits.FEED_LENGTH_MAX_BLOCKS)

    def accept(self, feed: Feed, blocks: Sequence[bytes], proof: Proof, now_s: float, *, is_history: bool) -> None:
        """Store blocks, and count what the feed has grown by. Raises like `Feed.accept`."""
        earlier_length, earlier_held = feed.length, feed.held
        feed.accept(proof.start, blocks, proof)
        if feed.held != earlier_held and not feed.writable:
            grown = (feed.key, earlier_length, earlier_held, feed.length, feed.held, proof.start, blocks)
            if self._pace.grew(Growth(*grown, is_history), now_s):
                self._on_flood(feed.key)

    def next_timeout_s(self) -> float | None:
        """When a feed that is taken slowly may be taken further."""
        return self._pace.next_timeout_s()

    def take_further(self, now_s: float) -> None:
        """Let feeds that are taken slowly be taken as far as is due by now."""
        for key in self._pace.due(now_s):
            self._pace.go_on(key, self._multi.candidate(key).held, now_s)

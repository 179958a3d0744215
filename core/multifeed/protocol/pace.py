"""How fast each feed may grow here: whoever writes faster than anybody reads is taken slowly, and costs others nothing.

What was written before one came is history, and comes as fast as it can. What a feed grows by from then on is counted
against what one key may write in the long run. Some may come at once; who is past that is taken from the front, as much
as is due by now. Nothing is lost: it comes later.

Owns the counting, and up to where slowed feeds may be taken. Pure: it is told what was stored, and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from multifeed import limits
from multifeed.ranges import RangeSet

# Who has been below this for so long is like everybody else again.
_FORGIVEN_S: Final = limits.FEED_GROWTH_BURST_S / 2
_STEP_LENGTH_BLOCKS: Final = int(limits.FEED_GROWTH_STEP_S * limits.FEED_GROWTH_BLOCKS_PER_S)


class Growth(NamedTuple):
    """What was stored of a feed: `blocks` from `start` on; how long it was and what of it was held before, and is now.

    `is_history` if there is no telling how long ago it was written: it is the first that somebody says of this feed, or
    its writer is not here, or it is taken anew.
    """

    key: bytes
    earlier_length: int
    earlier_held: RangeSet
    length: int
    held: RangeSet
    start: int
    blocks: Sequence[bytes]
    is_history: bool


@dataclass(slots=True)
class _Account:
    """What one feed has grown by. What is before block `history` does not count."""

    history: int
    began_s: float
    grew_s: float
    length: int = 0
    # By how many seconds' worth it was ahead of what it may grow by, at `counted_s`.
    ahead_s: float = 0.0
    counted_s: float = 0.0
    was_told: bool = False
    # When a slowed feed may be taken further.
    due_s: float = 0.0

    def count(self, cost_s: float, now_s: float) -> None:
        """Add what costs so much."""
        self.ahead_s = max(self.ahead_s - (now_s - self.counted_s), 0.0) + cost_s
        self.counted_s = now_s

    def length_max(self, held: RangeSet) -> int:
        """Up to where a slowed feed may be taken: a step, and no further than is due of what it has grown by."""
        front, _ = next(held.gaps(self.history, limits.FEED_LENGTH_MAX_BLOCKS))
        overdue_blocks = int((self.ahead_s - limits.FEED_GROWTH_BURST_S) * limits.FEED_GROWTH_BLOCKS_PER_S)
        return max(self.history, min(self.length - overdue_blocks, front + _STEP_LENGTH_BLOCKS))


class Pace:
    """Of one multifeed. `lengths_max` has the feeds that are taken slowly, each with the length up to which for now."""

    def __init__(self) -> None:
        self.lengths_max: dict[bytes, int] = {}
        self._accounts: dict[bytes, _Account] = {}

    def grew(self, growth: Growth, now_s: float) -> bool:
        """Something was stored; whether this is the first time that the feed is to be taken slowly."""
        account = self._accounts.get(growth.key)
        if account is None:
            account = self._accounts[growth.key] = _Account(growth.earlier_length, now_s, now_s, counted_s=now_s)
        free_blocks = _free_blocks(growth, account, now_s)
        if free_blocks:
            account.history = growth.earlier_length + free_blocks
        cost_s = (growth.length - growth.earlier_length - free_blocks) / limits.FEED_GROWTH_BLOCKS_PER_S
        account.count(cost_s + _length_cost_s(growth, account.history), now_s)
        account.length = growth.length
        if growth.length > growth.earlier_length:
            account.grew_s = now_s
        is_slowed = growth.key in self.lengths_max
        if not is_slowed and account.ahead_s < limits.FEED_GROWTH_BURST_S:
            return False
        if not is_slowed:
            account.due_s = now_s + limits.FEED_GROWTH_STEP_S
        self.lengths_max[growth.key] = account.length_max(growth.held)
        was_told, account.was_told = account.was_told, True
        return not was_told

    def due(self, now_s: float) -> list[bytes]:
        """The slowed feeds that may be taken further now; see `go_on`."""
        return [key for key in self.lengths_max if now_s >= self._accounts[key].due_s]

    def go_on(self, key: bytes, held: RangeSet, now_s: float) -> None:
        """Let a slowed feed, of which this is held, be taken as far as is due by now; or as far as there is."""
        account = self._accounts[key]
        account.count(0.0, now_s)
        if account.ahead_s <= _FORGIVEN_S:
            del self.lengths_max[key]
        else:
            account.due_s = now_s + limits.FEED_GROWTH_STEP_S
            self.lengths_max[key] = account.length_max(held)

    def forget(self, key: bytes) -> None:
        """The feed is not taken at all."""
        self.lengths_max.pop(key, None)
        self._accounts.pop(key, None)

    def next_timeout_s(self) -> float | None:
        """When one of the slowed feeds may be taken further; None while there is none."""
        return min((self._accounts[key].due_s for key in self.lengths_max), default=None)


def _free_blocks(growth: Growth, account: _Account, now_s: float) -> int:
    """How much of what a feed has grown by is history: while one has just come, all of it.

    Later, what its writer can have written, at the pace that everybody has, since it last grew; and nothing as long as
    some of what was counted before is still to come.
    """
    grown_blocks = growth.length - growth.earlier_length
    if not growth.is_history or not growth.earlier_held.covers(account.history, growth.earlier_length):
        return 0
    if now_s < account.began_s + limits.FEED_SETTLING_S:
        return grown_blocks
    return min(grown_blocks, int((now_s - account.grew_s) * limits.FEED_GROWTH_BLOCKS_PER_S))


def _length_cost_s(growth: Growth, history: int) -> float:
    """What blocks cost for their length, beyond what each costs for itself."""
    blocks = growth.blocks[max(history - growth.start, 0) :]
    length_s = sum(map(len, blocks)) / limits.FEED_GROWTH_BYTES_PER_S
    return max(length_s - len(blocks) / limits.FEED_GROWTH_BLOCKS_PER_S, 0.0)

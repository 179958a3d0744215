"""Who holds what one has written, by their own word. Pure.

Owns the last word of each person on each feed of ours, and how many of them are remembered. Whose word it is, and
whether it is about what we wrote, is for the caller to know.
"""

from collections.abc import Iterable
from typing import NamedTuple

from multichat.limits import HOLDER_FEEDS_MAX, HOLDER_RUNS_MAX, HOLDERS_MAX
from multifeed import RangeSet

Runs = tuple[tuple[int, int], ...]


class Delivery(NamedTuple):
    """Who holds one message, by their feeds; who has spoken last comes last. Nobody: it waits."""

    holders: tuple[bytes, ...]


class Word(NamedTuple):
    """What somebody has last said that they hold of a feed of ours."""

    person: bytes
    feed: bytes
    runs: Runs


class Deliveries:
    """The words of people about our feeds; what somebody says replaces what they said before."""

    def __init__(
        self, words: Iterable[Word] = (), *, people_max: int = HOLDERS_MAX, runs_max: int = HOLDER_RUNS_MAX
    ) -> None:
        self._people_max = people_max
        self._runs_max = runs_max
        # By person and feed; who has spoken last, and of what, comes last.
        self._held: dict[bytes, dict[bytes, RangeSet]] = {}
        for word in words:
            self.said(*word)

    def of(self, feed: bytes, seq: int) -> Delivery:
        """Who holds block `seq` of a feed of ours."""
        return Delivery(
            tuple(
                person for person, feeds in self._held.items() if (held := feeds.get(feed)) is not None and seq in held
            )
        )

    def held_by(self, person: bytes, feed: bytes) -> RangeSet:
        """What somebody has last said that they hold of a feed; not to be changed by the caller."""
        return self._held.get(person, {}).get(feed, RangeSet())

    def words(self) -> tuple[Word, ...]:
        """Everything that is remembered, to be kept for the next run."""
        return tuple(
            Word(person, feed, tuple(held)) for person, feeds in self._held.items() for feed, held in feeds.items()
        )

    def said(self, person: bytes, feed: bytes, runs: Iterable[tuple[int, int]]) -> dict[bytes, int]:
        """Somebody says what they hold. Per feed, the first seq that is now held by others than before."""
        feeds = self._held.pop(person, {})
        before = feeds.pop(feed, RangeSet())
        held = RangeSet(tuple(RangeSet(runs))[-self._runs_max :])
        if held:
            feeds[feed] = held
        if feeds:
            self._held[person] = feeds
        changes = {feed: changed} if (changed := _first_difference(before, held)) is not None else {}
        for forgotten in self._forget_too_many(feeds):
            for forgotten_feed, was_held in forgotten.items():
                first = next(iter(was_held))[0]
                changes[forgotten_feed] = min(changes.get(forgotten_feed, first), first)
        return changes

    def _forget_too_many(self, feeds: dict[bytes, RangeSet]) -> list[dict[bytes, RangeSet]]:
        forgotten = []
        if len(feeds) > HOLDER_FEEDS_MAX:
            oldest = next(iter(feeds))
            forgotten.append({oldest: feeds.pop(oldest)})
        if len(self._held) > self._people_max:
            forgotten.append(self._held.pop(next(iter(self._held))))
        return forgotten


def _first_difference(one: RangeSet, other: RangeSet) -> int | None:
    """The least that is in one of the two only: where only one of them has an edge, they come to differ."""
    edges = {seq for run in one for seq in run} ^ {seq for run in other for seq in run}
    return min(edges, default=None)

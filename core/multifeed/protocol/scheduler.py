"""Which range to ask of which peer: newest blocks first, each range with one owner and a deadline.

What was claimed last goes first, its last blocks before the rest: so the end of every feed is here before the past of
any. Then the feeds take turns, each backwards.

Owns who claims to hold what that is missing here, and what is in flight. Pure: it is told what happens and when, and
says what to ask next. A peer is whatever hashable thing the caller names it by.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final

from multifeed import limits
from multifeed.protocol.heads import Claim
from multifeed.ranges import RangeSet

# Requests that one peer has to answer at a time: enough to keep a link busy over a round trip.
_WINDOW_REQUESTS: Final = 8

# Of the end of a feed: more than a screen shows, and little enough that a thousand feeds come at once.
_FIRST_RANGE_LENGTH_BLOCKS: Final = 64

_NOTHING: Final = RangeSet()
_NO_LENGTHS: Final[Mapping[bytes, int]] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask `peer` for blocks [start, end) of a feed."""

    peer: Hashable
    key: bytes
    start: int
    end: int


@dataclass(slots=True)
class _Owner:
    """A peer as one to ask: what it holds that may be missing here, and what it owes."""

    # Claimed and not asked for yet, the newest last; then those that take turns, the next one first; then those whose
    # missing blocks somebody else fetches, which may still come back to this peer.
    fresh: dict[bytes, Claim] = field(default_factory=dict)
    taking_turns: dict[bytes, Claim] = field(default_factory=dict)
    waiting: dict[bytes, Claim] = field(default_factory=dict)
    banned: set[bytes] = field(default_factory=set)
    # By feed and end of the range: what this peer still owns.
    owes: dict[tuple[bytes, int], Ask] = field(default_factory=dict)
    # Requests without an answer, those included whose ranges it has lost.
    unanswered: int = 0
    waiting_since_s: float = 0.0
    round_trip_s: float = 0.0
    is_slow: bool = False

    @property
    def has_room(self) -> bool:
        """Whether one more request can be put to it. A slow peer has to show with one that it is there."""
        window = 1 if self.is_slow else _WINDOW_REQUESTS
        return len(self.owes) < window and self.unanswered < limits.REQUESTS_IN_FLIGHT_MAX

    def may_give(self, key: bytes) -> bool:
        """Whether this peer holds something of a feed that may be missing here."""
        return key in self.fresh or key in self.taking_turns or key in self.waiting

    def forget(self, key: bytes) -> None:
        """Want nothing of a feed."""
        for claims in (self.fresh, self.taking_turns, self.waiting):
            claims.pop(key, None)


class Scheduler:
    """The asking for one multifeed. Of a feed that stands in `lengths_max`, nothing past that length is asked for."""

    def __init__(self, lengths_max: Mapping[bytes, int] = _NO_LENGTHS) -> None:
        self._lengths_max = lengths_max
        self._owners: dict[Hashable, _Owner] = {}
        self._held: dict[bytes, RangeSet] = {}
        self._in_flight: dict[bytes, RangeSet] = {}

    # --- what happens ---

    def add_peer(self, peer: Hashable) -> None:
        """A peer can be asked from now on."""
        self._owners[peer] = _Owner()

    def remove_peer(self, peer: Hashable) -> None:
        """A peer is gone; what it owed is free for others."""
        owner = self._owners.pop(peer, None)
        for ask in owner.owes.values() if owner else ():
            self._release(ask)

    def claimed(self, peer: Hashable, claim: Claim) -> None:
        """A peer says what it holds of a feed."""
        owner = self._owners[peer]
        if claim.key not in owner.banned:
            owner.forget(claim.key)
            owner.fresh[claim.key] = claim

    def held(self, key: bytes, held: RangeSet) -> None:
        """What is held here of a feed."""
        self._held[key] = held

    def asked_aside(self, peer: Hashable) -> bool:
        """Count a request that is not for missing blocks; whether the peer has room for it."""
        owner = self._owners[peer]
        if owner.unanswered >= limits.REQUESTS_IN_FLIGHT_MAX:
            return False
        owner.unanswered += 1
        return True

    def answered(self, peer: Hashable, key: bytes, end: int, now_s: float) -> None:
        """An answer has come, whole or in part, used or not."""
        owner = self._owners[peer]
        owner.waiting_since_s = now_s
        owner.unanswered -= 1
        owner.is_slow = False
        ask = owner.owes.pop((key, end), None)
        if ask is not None:
            self._release(ask)

    def give_up(self, peer: Hashable, key: bytes) -> None:
        """Ask nothing of this feed of this peer again until it claims something else."""
        self._owners[peer].forget(key)

    def ban(self, peer: Hashable, key: bytes) -> None:
        """Ask nothing of this feed of this peer ever again: it sent what does not hold."""
        self.give_up(peer, key)
        self._owners[peer].banned.add(key)

    def round_trip(self, peer: Hashable, round_trip_s: float) -> None:
        """How long a message to a peer and back takes."""
        self._owners[peer].round_trip_s = round_trip_s

    # --- what to do ---

    def is_syncing(self) -> bool:
        """Whether anything is in flight."""
        return any(owner.owes for owner in self._owners.values())

    def next_asks(self, now_s: float) -> list[Ask]:
        """What to ask now, a range of each peer in turn until their windows are full; counted as asked."""
        self._expire(now_s)
        asks: list[Ask] = []
        # What a slow peer has lost goes to the others first.
        peers = sorted(self._owners, key=lambda peer: self._owners[peer].is_slow)
        while peers:
            found = [ask for peer in peers if (ask := self._ask_of(peer, now_s)) is not None]
            asks += found
            peers = [ask.peer for ask in found]
        return asks

    def next_timeout_s(self) -> float | None:
        """When a deadline passes; None while nothing is in flight."""
        return min((self._deadline_s(owner) for owner in self._owners.values() if owner.owes), default=None)

    # --- inside ---

    def _ask_of(self, peer: Hashable, now_s: float) -> Ask | None:
        owner = self._owners[peer]
        if not owner.has_room:
            return None
        found = self._choose(owner)
        if found is None:
            return None
        key, start, end = found
        if not owner.owes:
            owner.waiting_since_s = now_s
        ask = owner.owes[key, end] = Ask(peer, key, start, end)
        owner.unanswered += 1
        self._in_flight.setdefault(key, RangeSet()).add(start, end)
        return ask

    def _choose(self, owner: _Owner) -> tuple[bytes, int, int] | None:
        """The newest blocks that this peer holds, that are missing, and that nobody else fetches."""
        while owner.fresh:
            key, claim = owner.fresh.popitem()
            gap = self._gap_of(owner, key, claim)
            if gap is not None:
                start, end = gap
                is_end_of_long_gap = end == claim.length and end - start > 2 * _FIRST_RANGE_LENGTH_BLOCKS
                length = _FIRST_RANGE_LENGTH_BLOCKS if is_end_of_long_gap else limits.RANGE_LENGTH_MAX_BLOCKS
                return key, max(start, end - length), end
        while owner.taking_turns:
            key = next(iter(owner.taking_turns))
            gap = self._gap_of(owner, key, owner.taking_turns.pop(key))
            if gap is not None:
                start, end = gap
                return key, max(start, end - limits.RANGE_LENGTH_MAX_BLOCKS), end
        return None

    def _gap_of(self, owner: _Owner, key: bytes, claim: Claim) -> tuple[int, int] | None:
        """What to ask next of a feed, which is put where it belongs; None if there is nothing to ask for now."""
        in_flight = self._in_flight.get(key, _NOTHING)
        gap = self._last_missing(claim, in_flight)
        if gap is not None:
            owner.taking_turns[key] = claim
        elif in_flight and self._last_missing(claim, _NOTHING) is not None:
            owner.waiting[key] = claim
        return gap

    def _last_missing(self, claim: Claim, in_flight: RangeSet) -> tuple[int, int] | None:
        """The last range of the claim that is neither held nor in flight."""
        held = self._held.get(claim.key, _NOTHING)
        length_max = self._lengths_max.get(claim.key, claim.length)
        for start, end in reversed(claim.held):
            rest = min(end, length_max)
            while (gap := held.last_gap(start, rest)) is not None:
                free = in_flight.last_gap(*gap)
                if free is not None:
                    return free
                rest = gap[0]
        return None

    def _expire(self, now_s: float) -> None:
        for owner in self._owners.values():
            if owner.owes and now_s >= self._deadline_s(owner):
                owner.is_slow = True
                for ask in owner.owes.values():
                    self._release(ask)
                owner.owes.clear()

    def _deadline_s(self, owner: _Owner) -> float:
        if not self._has_stand_in(owner):
            return owner.waiting_since_s + limits.REQUEST_TIMEOUT_LAST_S
        round_trips_s = limits.REQUEST_TIMEOUT_ROUND_TRIPS * owner.round_trip_s
        return owner.waiting_since_s + max(limits.REQUEST_TIMEOUT_MIN_S, round_trips_s)

    def _has_stand_in(self, owner: _Owner) -> bool:
        """Whether somebody else could be asked for what this peer owes."""
        return any(
            other is not owner and not other.is_slow and other.has_room and other.may_give(ask.key)
            for other in self._owners.values()
            for ask in owner.owes.values()
        )

    def _release(self, ask: Ask) -> None:
        in_flight = self._in_flight[ask.key]
        in_flight.remove(ask.start, ask.end)
        if not in_flight:
            del self._in_flight[ask.key]
        for owner in self._owners.values():
            claim = owner.waiting.pop(ask.key, None)
            if claim is not None:
                owner.taking_turns[ask.key] = claim

"""One running copy of a room: its feeds, its sessions, and what moves between them.

Owns the bookkeeping: what we hold is claimed to every peer, what they hold and we lack is asked for, what they ask for
is answered, what we write is pushed. Does no I/O beside the store and owns no clock; `net.swarm` drives it in the
program, a simulated world in tests.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from multifeed import limits
from multifeed.conflict import Conflict
from multifeed.errors import (
    BlockedError,
    ConflictError,
    DamagedStoreError,
    FrozenError,
    InvalidProofError,
    LocalError,
    RemoteError,
    StoreError,
    UntiedProofError,
)
from multifeed.feed import Feed
from multifeed.merkle import Proof
from multifeed.multifeed import Multifeed
from multifeed.protocol.events import (
    Answered,
    Claimed,
    Closed,
    Contradicted,
    Established,
    Event,
    Pushed,
    Refused,
    Requested,
)
from multifeed.protocol.heads import Claim, HeadIndex
from multifeed.protocol.pace import Growth, Pace
from multifeed.protocol.scheduler import Scheduler
from multifeed.protocol.session import Session
from multifeed.ranges import RangeSet

# After the disk has refused, peers' blocks wait this long for another try.
_STORE_PAUSE_S: Final = 5.0


@dataclass(slots=True, eq=False)
class _Link:
    """A session and the requests that its peer waits for."""

    session: Session
    # When its peer proved who it is, and of which feeds it has given something since.
    since_s: float = 0.0
    met: set[bytes] = field(default_factory=set)
    requests: deque[Requested] = field(default_factory=deque)
    # Untied answers per feed: one is bad luck, two in a row mean that this peer cannot help.
    untied: set[bytes] = field(default_factory=set)
    # Feeds of which this peer seems to have another history, and was asked to show it.
    suspected: set[bytes] = field(default_factory=set)


class Replica:
    """Replicates `multi` over the sessions that are added to it.

    `on_store_error` hears of a disk that refuses, `on_held` of a peer that says what it holds of a feed written here,
    `on_flood`, once, of a feed that is taken slowly from now on.
    """

    def __init__(
        self,
        multi: Multifeed,
        *,
        on_store_error: Callable[[StoreError], None],
        on_held: Callable[[Session, Claim], None],
        on_flood: Callable[[bytes], None] = lambda _key: None,
    ) -> None:
        self.heads = HeadIndex()
        self._multi = multi
        self._on_store_error = on_store_error
        self._on_held = on_held
        self._on_flood = on_flood
        self._pace = Pace()
        # Feeds that are taken anew: those that were blocked, and those that the disk has lost.
        self._anew = set(multi.blocked)
        self._scheduler = Scheduler(self._pace.lengths_max)
        self._links: dict[Session, _Link] = {}
        # Those whose peers wait for answers, the next one first.
        self._asked_by: dict[_Link, None] = {}
        # In order, so that a run can be repeated.
        self._news: dict[bytes, None] = {}
        # Blocks of our own, per feed from where on, that are still to be pushed.
        self._unpushed: dict[bytes, int] = {}
        self._paused_until_s: float | None = None
        # Who has sent what does not hold, of which feed; kept when the link is gone, so that it costs one link and not
        # every link from then on.
        self._banned: set[tuple[bytes, bytes]] = set()
        self._mended: set[bytes] = set()
        # Blocks that are known to exist and are to come as soon as they can, by feed where there are any.
        self._missing: dict[bytes, int] = {}
        # Of all feeds together.
        self.missing = 0
        for feed in multi.feeds():
            self._index(feed)
        # Worked out now, while nobody waits for it.
        self.heads.root()
        self._stop_listening = multi.listen(self._on_change)

    def close(self) -> None:
        """Stop listening to the multifeed."""
        self._stop_listening()

    # --- sessions ---

    def add(self, session: Session) -> None:
        """Replicate over this session from now on."""
        self._links[session] = _Link(session)
        self._scheduler.add_peer(session)

    def remove(self, session: Session) -> None:
        """The session is over."""
        if self._links.pop(session, None) is not None:
            self._scheduler.remove_peer(session)

    def pause(self, session: Session, *, paused: bool) -> None:
        """Whether the peer of this session takes what it is sent; while it does not, its requests wait."""
        if session in self._links:
            link = self._links[session]
            session.is_paused = paused
            if link.requests and not paused:
                self._asked_by[link] = None

    def handle(self, session: Session, events: Iterable[Event], now_s: float) -> None:
        """Do what the events of a session ask for."""
        link = self._links.get(session)
        for event in events if link is not None else ():
            self._handle(link, event, now_s)  # type: ignore[arg-type]  # there are no events without a link

    def holders(self, key: bytes, length: int) -> list[Session]:
        """The sessions whose peers say that they hold everything of a feed up to `length`."""
        return [
            session
            for session in self._links
            if (claim := session.claims.get(key)) is not None and RangeSet(claim.held).covers(0, length)
        ]

    def claims(self, key: bytes) -> list[tuple[Session, Claim]]:
        """What the peers of sessions say that they hold of a feed, by the session."""
        return [(session, claim) for session in self._links if (claim := session.claims.get(key)) is not None]

    # --- driven by the clock ---

    def poll(self, now_s: float) -> None:
        """Bring every session up to date: what we hold, what we want, what they wait for.

        Does a few milliseconds of work at a time: `next_timeout_s` is 0 while there is more.
        """
        for session in [session for session in self._links if session.is_closed]:
            self.remove(session)
        self._push()
        self._announce()
        self._answer()
        self._take_further(now_s)
        if self._paused_until_s is None or now_s >= self._paused_until_s:
            self._paused_until_s = None
            for ask in self._scheduler.next_asks(now_s):
                assert isinstance(ask.peer, Session)
                feed = self._multi.feed(ask.key)
                ask.peer.request(ask.key, ask.start, ask.end, feed.length if feed is not None else 0)

    def next_timeout_s(self) -> float | None:
        """When `poll` is due without anything having happened; 0 for at once."""
        has_more_to_tell = any(link.session.has_more_to_tell for link in self._links.values() if link.session.is_ready)
        if self._asked_by or has_more_to_tell:
            return 0.0
        times_s = (self._paused_until_s or self._scheduler.next_timeout_s(), self._pace.next_timeout_s())
        return min((time_s for time_s in times_s if time_s is not None), default=None)

    def is_syncing(self) -> bool:
        """Whether blocks are on their way to us."""
        return self._scheduler.is_syncing()

    # --- what we hold ---

    def _on_change(self, feed: Feed, start: int, end: int) -> None:
        is_blocked = feed.key in self._multi.blocked
        if is_blocked or feed.length == 0:
            self._anew.add(feed.key)
            self._pace.forget(feed.key)
        for link in self._links.values() if is_blocked else ():
            link.session.keep_quiet(feed.key)
        self._index(feed)
        self._news[feed.key] = None
        if start == end:
            self._want_again(feed.key)
        elif feed.writable:
            self._unpushed.setdefault(feed.key, start)

    def _want_again(self, key: bytes) -> None:
        """Blocks may have been lost, or are wanted again or no more: whoever was of no use for this feed may be now."""
        for link in self._links.values():
            claim = link.session.claims.get(key)
            if claim is not None:
                self._on_claimed(link, claim)

    def _index(self, feed: Feed) -> None:
        is_blocked = feed.key in self._multi.blocked
        missing = 0 if is_blocked or feed.key in self._pace.lengths_max else feed.length - feed.held.size
        self.missing += missing - self._missing.pop(feed.key, 0)
        if missing:
            self._missing[feed.key] = missing
        self._scheduler.held(feed.key, feed.held)
        if feed.writable:
            self.heads.own.add(feed.key)
        if feed.conflict is not None and not is_blocked:
            self.heads.conflicts[feed.key] = feed.conflict
        else:
            self.heads.conflicts.pop(feed.key, None)
        if feed.length > 0 and not is_blocked:
            self.heads.set(claim_of(feed))
        else:
            self.heads.discard(feed.key)

    def _push(self) -> None:
        """Send what we wrote to those who have everything before it; to the others it is announced, and they pull."""
        for key, start in self._unpushed.items():
            feed = self._multi.feed(key)
            if feed is None or not feed.held.covers(start, feed.length):
                # Lost to damage, or a restored feed that takes over its own later blocks piece by piece.
                continue
            takers = [link.session for link in self._links.values() if self._takes_push(link, key, start)]
            if not takers:
                continue
            try:
                blocks = _blocks_that_fit(feed, start, feed.length)
            except StoreError as error:
                self._on_store_error(error)
                continue
            if len(blocks) == feed.length - start:
                for session in takers:
                    session.push(claim_of(feed), blocks, feed.head)
        self._unpushed.clear()

    def _takes_push(self, link: _Link, key: bytes, start: int) -> bool:
        return link.session.is_ready and not link.session.is_paused and link.session.can_push(key, start)

    def _announce(self) -> None:
        claims = [claim for key in self._news if (claim := self.heads.get(key)) is not None]
        self._news.clear()
        for link in self._links.values():
            if link.session.is_ready:
                link.session.announce(claims)

    # --- what they want ---

    def _answer(self) -> None:
        """Answer one request, of whoever has waited longest."""
        while self._asked_by:
            link = next(iter(self._asked_by))
            del self._asked_by[link]
            if link.session in self._links and not link.session.is_paused:
                self._answer_one(link.session, link.requests.popleft())
                if link.requests:
                    self._asked_by[link] = None
                return

    def _answer_one(self, session: Session, request: Requested) -> None:
        feed = self._multi.feed(request.key)
        if feed is None or request.key in self._multi.blocked:
            # It was offered, and lost to damage or blocked since.
            session.refuse(request.request_id, request.key)
            return
        try:
            blocks = _blocks_that_fit(feed, request.start, request.end)
            start = request.end - len(blocks)
            proof = feed.checked_proof(start, request.end, since=min(request.since, feed.length))
        except LocalError:
            # A peer that heard a claim of ours before we lost the block, or that is mistaken.
            session.refuse(request.request_id, request.key)
        except StoreError as error:
            session.refuse(request.request_id, request.key)
            self._on_store_error(error)
            if isinstance(error, DamagedStoreError):
                self._mend(request.key)
        else:
            session.answer(request.request_id, blocks, proof)

    def _mend(self, key: bytes) -> None:
        """Drop what the disk has changed of a feed, so that peers send it again; once a run, lest it never ends."""
        if key in self._mended:
            return
        self._mended.add(key)
        try:
            self._multi.audit({key})
        except StoreError as error:
            self._on_store_error(error)

    # --- what they send ---

    def _handle(self, link: _Link, event: Event, now_s: float) -> None:
        session = link.session
        match event:
            case Established():
                link.since_s = now_s
                self._scheduler.round_trip(session, session.round_trip_s)
            case Claimed(claim):
                self._on_claimed(link, claim)
            case Requested():
                link.requests.append(event)
                self._asked_by[link] = None
            case Answered(asked, blocks, proof):
                self._scheduler.round_trip(session, session.round_trip_s)
                self._scheduler.answered(session, asked.key, asked.end, now_s)
                self._accept(link, asked.key, blocks, proof, now_s, asked_since=asked.since)
            case Refused(asked):
                self._scheduler.answered(session, asked.key, asked.end, now_s)
                self._scheduler.give_up(session, asked.key)
            case Contradicted(key, conflict):
                self._on_contradicted(session, key, conflict)
            case Pushed(claim, blocks, proof):
                self._on_pushed(link, claim, blocks, proof, now_s)
            case Closed():
                self.remove(session)

    def _on_claimed(self, link: _Link, claim: Claim) -> None:
        session = link.session
        assert session.peer is not None
        if claim.key in self._multi.blocked:
            self._scheduler.give_up(session, claim.key)
            return
        feed = self._multi.feed(claim.key)
        is_closed_to_it = feed is not None and feed.conflict is not None and claim.length > feed.length
        is_offered = session.can_request(claim.key)
        if is_offered and not is_closed_to_it and (session.peer.device_key, claim.key) not in self._banned:
            self._scheduler.claimed(session, claim)
        if claim.key in self.heads.own:
            self._on_held(session, claim)
        if feed is not None and feed.conflict is None and claim.length <= feed.length:
            tree_hash = feed.tree_hash_at(claim.length)
            if tree_hash is not None and tree_hash != claim.tree_hash:
                self._suspect(link, claim.key, claim.length)

    def _on_pushed(self, link: _Link, claim: Claim, blocks: tuple[bytes, ...], proof: Proof, now_s: float) -> None:
        feed = self._multi.feed(claim.key)
        is_due = proof.end <= self._pace.lengths_max.get(claim.key, proof.end)
        if is_due and proof.start <= (0 if feed is None else feed.length):
            self._accept(link, claim.key, blocks, proof, now_s)
        self._on_claimed(link, claim)

    def _accept(
        self,
        link: _Link,
        key: bytes,
        blocks: tuple[bytes, ...],
        proof: Proof,
        now_s: float,
        *,
        asked_since: int | None = None,
    ) -> None:
        """Store what holds; what does not costs this peer this feed, what the disk refuses waits."""
        session = link.session
        feed = self._multi.candidate(key)
        earlier_length, earlier_held = feed.length, feed.held
        try:
            feed.accept(proof.start, blocks, proof)
        except UntiedProofError:
            if self._has_moved_on(key, asked_since):
                # An earlier answer has taken our head further than this one knew: it is asked for anew.
                return
            if key in link.untied:
                self._scheduler.give_up(session, key)
            link.untied.add(key)
        except (ConflictError, FrozenError, BlockedError):
            # Whoever passes on a fork, or what is not wanted here, may be honest; the feed is what it costs.
            self._scheduler.give_up(session, key)
        except InvalidProofError as error:
            if proof.since:
                # Built on our head and not adding up: a lie, or a fork. The last block that we have, by itself, tells.
                self._suspect(link, key, proof.since)
                self._scheduler.give_up(session, key)
            else:
                self._on_invalid(session, key, error)
        except StoreError as error:
            self._paused_until_s = now_s + _STORE_PAUSE_S
            self._on_store_error(error)
        else:
            link.untied.discard(key)
            if feed.held != earlier_held and not feed.writable:
                is_history = self._is_history(link, key, now_s)
                grown = (key, earlier_length, earlier_held, feed.length, feed.held, proof.start, blocks)
                self._count(feed, Growth(*grown, is_history), now_s)

    def _has_moved_on(self, key: bytes, asked_since: int | None) -> bool:
        """Whether our head has grown since something was asked for."""
        feed = self._multi.feed(key)
        return asked_since is not None and feed is not None and asked_since < feed.length

    # --- what comes too fast ---

    def _is_history(self, link: _Link, key: bytes, now_s: float) -> bool:
        """Whether what comes may have been written long ago: whoever comes says first what there was before.

        What others say while the writer is not here may be as old, and so is what is taken anew.
        """
        is_first_word = key not in link.met and now_s < link.since_s + limits.FEED_SETTLING_S
        link.met.add(key)
        is_anew = key in self._anew
        self._anew.discard(key)
        return is_first_word or is_anew or not self._is_here(key)

    def _is_here(self, writer: bytes) -> bool:
        peers = (session.peer for session in self._links)
        return any(peer is not None and peer.feed_key == writer for peer in peers)

    def _count(self, feed: Feed, growth: Growth, now_s: float) -> None:
        is_flood = self._pace.grew(growth, now_s)
        if is_flood:
            self._on_flood(feed.key)
        if feed.key in self._pace.lengths_max:
            self._index(feed)

    def _take_further(self, now_s: float) -> None:
        """Take of the feeds that are taken slowly what is due by now."""
        for key in self._pace.due(now_s):
            feed = self._multi.candidate(key)
            self._pace.go_on(key, feed.held, now_s)
            self._index(feed)
            self._want_again(key)

    def _suspect(self, link: _Link, key: bytes, length: int) -> None:
        """Ask for the last of `length` blocks with all that proves it by itself; at most once per link and feed."""
        if not link.session.can_request(key):
            return
        if key not in link.suspected and self._scheduler.asked_aside(link.session):
            link.suspected.add(key)
            link.session.request(key, length - 1, length, 0)

    def _on_contradicted(self, session: Session, key: bytes, conflict: Conflict) -> None:
        """Check the evidence that a peer shows for a feed that we have."""
        feed = self._multi.feed(key)
        if feed is None or feed.length == 0 or key in self._multi.blocked:
            # There is nothing to freeze, or nobody who wants to know; with the next that is said of it, it comes again.
            return
        try:
            feed.freeze(conflict)
        except InvalidProofError as error:
            self._on_invalid(session, key, error)
        except StoreError as error:
            self._on_store_error(error)

    def _on_invalid(self, session: Session, key: bytes, error: RemoteError) -> None:
        """An honest peer has verified what it sends; this one is not, or its disk is broken."""
        self._scheduler.ban(session, key)
        assert session.peer is not None
        if len(self._banned) < limits.BANNED_MAX:
            self._banned.add((session.peer.device_key, key))
        session.close(f"sent what does not hold: {error}")


def claim_of(feed: Feed) -> Claim:
    """What we claim of a feed; of many runs, the newest."""
    runs = tuple(feed.held)
    newest_runs = runs[-limits.OFFER_LENGTH_MAX_RANGES :]
    return Claim(feed.key, feed.length, feed.head.tree_hash, newest_runs, feed.conflict is not None)


def _blocks_that_fit(feed: Feed, start: int, end: int) -> list[bytes]:
    """The last blocks of [start, end) that fit into one answer; at least one. Raises NotHeldError, StoreError."""
    start = max(start, end - limits.RANGE_LENGTH_MAX_BLOCKS)
    blocks = feed.checked_blocks(start, end)
    length_bytes = 0
    for count, block in enumerate(reversed(blocks), 1):
        length_bytes += len(block)
        if length_bytes > limits.RANGE_LENGTH_TARGET_BYTES:
            return blocks[len(blocks) - max(count - 1, 1) :]
    return blocks

"""The people of an open room: who is here, what they are called, who holds what one has written.

Owns what is made of the links' news, and when the room's faces are told. Knows the log and the links' peers; neither
sockets nor a face.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from multichat.continuations import Continuations
from multichat.desk import DeskFile
from multichat.errors import UsageError
from multichat.model.callings import Calling, meant
from multichat.model.conversation import Delivered, Event, NamesChanged
from multichat.model.deliveries import Deliveries, Word
from multichat.model.desk import Desk
from multichat.model.log import record_in
from multichat.model.message import Message, Position
from multichat.model.people import (
    JS_PEERS,
    Attendance,
    Identity,
    Person,
    in_order,
    is_seed_agent,
    name_without_messages,
)
from multichat.model.record import Record
from multichat.model.text import SafeText
from multichat.naming import Naming
from multichat.own_feed import OwnFeed
from multifeed import Feed, Multifeed, NotHeldError, RangeSet, StoreError

if TYPE_CHECKING:
    from multifeed.protocol.events import Peer
    from multifeed.protocol.heads import Claim

# Many things that happen at once are told as one: a message comes back from everybody within a moment.
_TELL_AFTER_S: Final = 0.05

# The newest blocks of a feed that are looked at for a message.
_BLOCKS_LOOKED_AT: Final = 8

# How long names are looked up in one go: while nothing is on the screen yet, and later.
_FIRST_LOOK_S: Final = 0.02
_LOOK_S: Final = 0.002

# Of the feeds of a room, those that are asked whether they continue one: more than there are people in any.
_FEEDS_ASKED_MAX: Final = 2_000

# People who have not been here that are listed for what they wrote: as many as anybody would look through.
_WRITERS_MAX: Final = 2_000


class PresenceCallbacks(NamedTuple):
    """What a Presence asks and tells: who says what about a feed, what has happened, the local clock."""

    claims: "Callable[[bytes], Iterable[tuple[Peer, Claim]]]"
    tell: Callable[[Event], None]
    clock_ms: Callable[[], int]


class Presence:
    """The people of the room of `multi`, in which we are `own`, called `nickname`; those before are on the desk."""

    def __init__(
        self, multi: Multifeed, own: OwnFeed, nickname: SafeText, desk: DeskFile, callbacks: PresenceCallbacks
    ) -> None:
        self._multi = multi
        self._own = own
        self._nickname = nickname
        self._desk = desk
        self._callbacks = callbacks
        self._attendance = Attendance(desk.desk.people)
        self._continuations = Continuations(multi)
        self._opened_ms = callbacks.clock_ms()
        self._naming = Naming(
            own,
            nickname,
            desk.desk,
            self._continuations,
            tell=callbacks.tell,
            keep=desk.changed,
            since_ms=self._joined_ms,
        )
        self._deliveries = Deliveries(_words_about(multi, own, desk.desk.deliveries))
        desk.collect = self._put_on
        # As they are shown; made anew after any change.
        self._people: dict[bytes, Person] = {}
        # Feeds of ours of which somebody claims more than we have yet.
        self._put_off: set[bytes] = set()
        # What is to be told: whether of names, and from which seq on of which feed.
        self._has_new_names = False
        self._delivered_from: dict[bytes, int] = {}
        self._timer: asyncio.Handle | None = None
        self._look_up: asyncio.Handle | None = None
        feeds = dict.fromkeys((*self._attendance.gone, *(feed.key for feed in multi.feeds())))
        self._not_looked_up = iter(list(feeds))
        self._look_up_names(_FIRST_LOOK_S)

    # --- what there is ---

    def everyone(self) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        # Those whom one does not hear are always listed: it is to be undone.
        unheard = (*self._multi.blocked, *self._desk.desk.muted)
        known = dict.fromkeys((*self._attendance.here, *self._attendance.gone, *unheard))
        writers = (feed for feed in self._naming.feeds if feed not in known)
        left = set(self._continuations.continued).difference(unheard)
        feeds = [feed for feed in (*known, *islice(writers, _WRITERS_MAX)) if feed not in left]
        return in_order([self._oneself(), *(self._person(feed) for feed in feeds if not self._own.owns(feed))])

    def calling(self, feed: bytes, nickname: SafeText) -> Calling:
        """See `model.conversation.Conversation`."""
        changes = self._naming.change_count
        calling = self._naming.calling(feed, nickname)
        if self._naming.change_count != changes:
            # An old page shows a name that others go by, who were the only ones until now.
            self._names_changed()
        return calling

    def meant(self, text: str) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        return meant(text, self.everyone(), self._naming.names_of)

    def identity(self, feed: bytes) -> Identity:
        """See `model.conversation.Conversation`."""
        feeds = self.feeds_of(feed)
        messages = (_oldest_message(self._multi, feeds[0]), _newest_message(self._multi, feed))
        seen_ms = [message[1].timestamp_ms for message in messages if message is not None]
        seen_ms += filter(None, (self._attendance.first_here_ms(feed), self._attendance.last_here_ms(feed)))
        return Identity(
            person=self._oneself() if feed == self._own.feed.key else self._person(feed),
            names=self._naming.names_of(feed),
            feeds=feeds,
            forked=frozenset(key for key in feeds if (one := self._multi.feed(key)) is not None and one.conflict),
            first_seen_ms=min(seen_ms, default=None),
            last_seen_ms=max(seen_ms, default=None),
            checked_as=self._naming.checked_as(feed),
        )

    def feeds_of(self, feed: bytes) -> tuple[bytes, ...]:
        """All that the owner of a feed has written, as far as is known; the newest last."""
        return (*self.lineage(feed), *self._continuations.later(feed, _FEEDS_ASKED_MAX))

    def lineage(self, feed: bytes) -> tuple[bytes, ...]:
        """The feeds that lead to this one, which is the last."""
        return self._continuations.lineage(feed)

    def check(self, feed: bytes) -> bool:
        """See `model.conversation.Conversation`."""
        if self._own.owns(feed):
            raise UsageError("that is you: it is for others to check your key")
        is_checked = self._naming.check(feed)
        self._names_changed()
        return is_checked

    def name_of(self, feed: bytes) -> SafeText:
        """What to call somebody: by what they have said, even if all of it is held aside."""
        newest = None if self._naming.name_of(feed) else _newest_message(self._multi, feed)
        if newest is not None and self._naming.looked_up(feed, newest[0], newest[1].nickname):
            self._names_changed()
        return self._person(feed).label

    def renamed(self, nickname: SafeText) -> None:
        """We are called something else."""
        self._nickname = nickname
        self._naming.renamed(nickname)
        self._names_changed()

    def delivery(self, position: Position) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        holders = self._deliveries.of(position.feed, position.seq).holders
        # Who has spoken last comes last: of somebody who has gone on in another feed since, that one counts.
        people = {self._continuations.root(feed): self._holder(feed) for feed in holders}
        return in_order(people.values())

    def _holder(self, feed: bytes) -> Person:
        return JS_PEERS if feed == JS_PEERS.feed else self._person(feed)

    def _put_on(self, desk: Desk) -> Desk:
        """The desk with who was here, what they hold and which of them are told apart, for the next run."""
        seen = self._attendance.seen(self._callbacks.clock_ms())
        return self._naming.put_on(replace(desk, people=seen, deliveries=self._deliveries.words()))

    def _joined_ms(self) -> int:
        return self._desk.desk.joined_ms or self._opened_ms

    def _oneself(self) -> Person:
        feed = self._own.feed.key
        _, suffix, _, root = self._naming.calling(feed, self._nickname)
        return Person(feed, self._nickname, is_here=True, last_here_ms=None, is_own=True, suffix=suffix, root=root)

    def _person(self, feed: bytes) -> Person:
        person = self._people.get(feed)
        if person is None:
            attendance = self._attendance
            is_seed = attendance.is_seed(feed)
            known = self._naming.name_of(feed)
            name = known or name_without_messages(feed, is_seed=is_seed)
            # Whoever has gone on in another feed is linked by the former key for a while.
            keys = (feed, *self._continuations.former(feed))
            is_here = any(key in attendance.here for key in keys)
            last_here_ms = None if is_here else max(filter(None, map(attendance.last_here_ms, keys)), default=None)
            is_muted, is_blocked = feed in self._desk.desk.muted, feed in self._multi.blocked
            person = Person(
                feed,
                name,
                is_here,
                last_here_ms,
                is_own=False,
                is_seed=is_seed,
                is_muted=is_muted,
                is_blocked=is_blocked,
            )
            if known is not None:
                _, suffix, is_checked, root = self._naming.calling(feed, known)
                person = replace(person, suffix=suffix, is_checked=is_checked, root=root)
            self._people[feed] = person
        return person

    # --- life ---

    def start(self) -> None:
        """Look up, little by little, the names that were too many for the start."""
        self._look_up = asyncio.get_running_loop().call_soon(self._go_on_looking_up)
        if not self._desk.desk.joined_ms:
            self._desk.change(joined_ms=self._opened_ms)
        self._naming.tell()

    def close(self) -> None:
        """Everybody is gone."""
        for handle in (self._timer, self._look_up):
            if handle is not None:
                handle.cancel()
        self._naming.close()
        self.links_changed(())

    def learn_names(self) -> bool:
        """Learn for a moment what those are called who were here before; whether there are more of them."""
        is_over, _ = self._look_up_names(_LOOK_S)
        return not is_over

    # --- what happens ---

    def links_changed(self, peers: "Collection[Peer]") -> None:
        """These are linked with us now."""
        here: dict[bytes, bool] = {}
        for peer in peers:
            if not self._own.owns(peer.feed_key):
                here[peer.feed_key] = is_seed_agent(peer.agent) and here.get(peer.feed_key, True)
        if self._attendance.update(here, self._callbacks.clock_ms()):
            self._people.clear()
            self._desk.changed()

    def hearing_changed(self) -> None:
        """Others are muted or blocked than before."""
        self._people.clear()

    def arrived(self, messages: Iterable[Message]) -> None:
        """These messages have come."""
        if self._naming.arrived(messages):
            self._names_changed()

    def claimed(self, peer: "Peer", claim: "Claim") -> None:
        """A peer says what it holds of a feed written here."""
        feed = self._multi.feed(claim.key)
        if feed is None or not self._own.owns(claim.key) or self._own.owns(peer.feed_key):
            return
        if claim.length > feed.length:
            # A copy of this profile may have written it, or we before we were put back: told apart once it is here.
            self._put_off.add(claim.key)
        elif _is_of(feed, claim):
            self._said(peer.feed_key, claim.key, claim.held)

    def held_by_js(self, key: bytes, runs: Iterable[tuple[int, int]]) -> None:
        """JavaScript peers hold runs of a feed written here, beside what any of them has ever said to hold."""
        self._said(JS_PEERS.feed, key, RangeSet((*self._deliveries.held_by(JS_PEERS.feed, key), *runs)))

    def grown(self, feed: Feed, start: int) -> None:
        """A feed has grown, by blocks from `start` on."""
        if start == 0 and self._naming.began(feed.key):
            self._names_changed()
        if feed.key in self._put_off:
            self._put_off.discard(feed.key)
            for peer, claim in self._callbacks.claims(feed.key):
                self.claimed(peer, claim)

    def _said(self, person: bytes, key: bytes, held: Iterable[tuple[int, int]]) -> None:
        changes = self._deliveries.said(person, key, held)
        for feed, seq in changes.items():
            self._delivered_from[feed] = min(self._delivered_from.get(feed, seq), seq)
        if changes:
            self._desk.changed()
            self._tell_soon()

    def _names_changed(self) -> None:
        self._people.clear()
        self._has_new_names = True
        self._tell_soon()

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TELL_AFTER_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        if self._has_new_names:
            self._has_new_names = False
            self._callbacks.tell(NamesChanged())
            self._naming.tell()
        delivered, self._delivered_from = self._delivered_from, {}
        for feed, seq in delivered.items():
            self._callbacks.tell(Delivered(feed, seq))

    # --- names ---

    def _go_on_looking_up(self) -> None:
        is_over, has_found = self._look_up_names(_LOOK_S)
        self._look_up = None if is_over else asyncio.get_running_loop().call_soon(self._go_on_looking_up)
        if has_found:
            self._names_changed()

    def _look_up_names(self, length_s: float) -> tuple[bool, bool]:
        """Read the newest message of some feeds; whether those were all, and whether a name has become known."""
        end_s = time.perf_counter() + length_s
        has_found = False
        for key in self._not_looked_up:
            newest = _newest_message(self._multi, key)
            if newest is not None and self._naming.looked_up(key, newest[0], newest[1].nickname):
                has_found = True
            if time.perf_counter() >= end_s:
                return False, has_found
        return True, has_found


def _newest_message(multi: Multifeed, key: bytes) -> tuple[int, Record] | None:
    """The last message of a feed that is here, if it is among the last blocks, and its seq."""
    feed = multi.feed(key)
    end = 0 if feed is None else feed.held.end
    return _first_message(multi, key, reversed(range(max(end - _BLOCKS_LOOKED_AT, 0), end)))


def _oldest_message(multi: Multifeed, key: bytes) -> tuple[int, Record] | None:
    """The first message of a feed that is here, if it is among the first blocks, and its seq."""
    feed = multi.feed(key)
    start = next((start for start, _ in feed.held), 0) if feed is not None else 0
    end = start if feed is None else min(start + _BLOCKS_LOOKED_AT, feed.length)
    return _first_message(multi, key, range(start, end))


def _first_message(multi: Multifeed, key: bytes, seqs: Iterable[int]) -> tuple[int, Record] | None:
    for seq in seqs:
        record = _record_at(multi, key, seq)
        if record is not None:
            return seq, record
    return None


def _record_at(multi: Multifeed, key: bytes, seq: int) -> Record | None:
    feed = multi.feed(key)
    try:
        return None if feed is None else record_in(multi, feed.block(seq))
    except (NotHeldError, StoreError):
        # Not here, not a message, or not to be read now: the next message says the name as well.
        return None


def _is_of(feed: Feed, claim: "Claim") -> bool:
    """Whether what is claimed is the history that we have, and not another that a copy of this profile has signed."""
    try:
        # That of the whole is at hand; any other has to be read.
        ours = feed.head.tree_hash if claim.length == feed.length else feed.tree_hash_at(claim.length)
    except StoreError:
        return False
    return ours == claim.tree_hash


def _words_about(multi: Multifeed, own: OwnFeed, words: Iterable[Word]) -> Iterator[Word]:
    """What was said of our feeds, as far as they are here: a store that was put back goes on from an earlier state."""
    for word in words:
        feed = multi.feed(word.feed) if own.owns(word.feed) else None
        if feed is not None:
            yield word._replace(runs=tuple(RangeSet(word.runs).within(0, feed.length)))

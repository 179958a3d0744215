"""The people of an open room: who is here, what they are called, who holds what one has written.

Owns what is made of the links' news, and when the room's faces are told. Knows the log and the links' peers; neither
sockets nor a face.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from multichat.desk import DeskFile
from multichat.model.conversation import Delivered, Event, NamesChanged
from multichat.model.deliveries import Deliveries, Word
from multichat.model.desk import Desk
from multichat.model.message import Message, Position
from multichat.model.people import Attendance, Names, Person, in_order, is_seed_agent, name_without_messages
from multichat.model.record import Record, parse_record
from multichat.model.text import SafeText
from multichat.own_feed import OwnFeed
from multifeed import BlockDecodeError, Feed, Multifeed, NotHeldError, RangeSet, StoreError

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

# People who have not been here that are listed for what they wrote: as many as anybody would look through.
_WRITERS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class PresenceCallbacks:
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
        self._names = Names()
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
        known = {*self._attendance.here, *self._attendance.gone}
        writers = (feed for feed in self._names.feeds if feed not in known)
        feeds = [*known, *islice(writers, _WRITERS_MAX)]
        oneself = Person(self._own.feed.key, self._nickname, is_here=True, last_here_ms=None, is_own=True)
        return in_order([oneself, *(self._person(feed) for feed in feeds if not self._own.owns(feed))])

    def renamed(self, nickname: SafeText) -> None:
        """We are called something else."""
        self._nickname = nickname
        self._names_changed()

    def delivery(self, position: Position) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        return in_order(map(self._person, self._deliveries.of(position.feed, position.seq).holders))

    def _put_on(self, desk: Desk) -> Desk:
        """The desk with who was here, and what they hold, for the next run."""
        seen = self._attendance.seen(self._callbacks.clock_ms())
        return replace(desk, people=seen, deliveries=self._deliveries.words())

    def _person(self, feed: bytes) -> Person:
        person = self._people.get(feed)
        if person is None:
            attendance = self._attendance
            is_seed = attendance.is_seed(feed)
            name = self._names.get(feed) or name_without_messages(feed, is_seed=is_seed)
            is_here, last_here_ms = feed in attendance.here, attendance.last_here_ms(feed)
            person = Person(feed, name, is_here, last_here_ms, is_own=False, is_seed=is_seed)
            self._people[feed] = person
        return person

    # --- life ---

    def start(self) -> None:
        """Look up, little by little, the names that were too many for the start."""
        self._look_up = asyncio.get_running_loop().call_soon(self._go_on_looking_up)

    def close(self) -> None:
        """Everybody is gone."""
        for handle in (self._timer, self._look_up):
            if handle is not None:
                handle.cancel()
        self.links_changed(())

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

    def arrived(self, messages: Iterable[Message]) -> None:
        """These messages have come."""
        heard = self._names.heard
        renamed = {m.feed for m in messages if heard(m.feed, m.position.seq, m.record.nickname)}
        if not all(map(self._own.owns, renamed)):
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
            self._said(peer.feed_key, claim)

    def grown(self, feed: Feed) -> None:
        """A feed has grown."""
        if feed.key in self._put_off:
            self._put_off.discard(feed.key)
            for peer, claim in self._callbacks.claims(feed.key):
                self.claimed(peer, claim)

    def _said(self, person: bytes, claim: "Claim") -> None:
        changes = self._deliveries.said(person, claim.key, claim.held)
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
            if newest is not None and self._names.heard(key, newest[0], newest[1].nickname):
                has_found = True
            if time.perf_counter() >= end_s:
                return False, has_found
        return True, has_found


def _newest_message(multi: Multifeed, key: bytes) -> tuple[int, Record] | None:
    """The last message of a feed that is here, if it is among the last blocks, and its seq."""
    feed = multi.feed(key)
    end = 0 if feed is None else feed.held.end
    for seq in reversed(range(max(end - _BLOCKS_LOOKED_AT, 0), end)):
        record = _record_at(multi, key, seq)
        if record is not None:
            return seq, record
    return None


def _record_at(multi: Multifeed, key: bytes, seq: int) -> Record | None:
    feed = multi.feed(key)
    try:
        return None if feed is None else parse_record(feed.get(seq))
    except (NotHeldError, BlockDecodeError, StoreError):
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

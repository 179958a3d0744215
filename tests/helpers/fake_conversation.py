"""A conversation in memory: what the interface sees of a room, without a network or a disk."""

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date
from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import Unpack

from multichat.errors import UsageError
from multichat.model.callings import Calling, Callings, meant
from multichat.model.conversation import (
    Arrived,
    CatchingUp,
    Delivered,
    Event,
    HearingChanged,
    HeldAside,
    JsPeersChanged,
    Listener,
    NamesChanged,
    Notice,
    PeopleChanged,
    SetBack,
)
from multichat.model.desk import Desk, DeskChanges
from multichat.model.endpoint import parse_endpoint
from multichat.model.excerpt import hits
from multichat.model.export.evidence import Evidence
from multichat.model.finder import Hit
from multichat.model.finding import Finding
from multichat.model.invite import Invite
from multichat.model.message import Message, Position, message_of
from multichat.model.names import require_nickname
from multichat.model.people import Identity, Person, in_order
from multichat.model.query import Query
from multichat.model.record import Record
from multichat.model.skeleton import is_alike
from multichat.model.text import SafeText, sanitise_line
from multifeed import NotHeldError

# 24 November 2026, 9:00 in UTC.
NINE_O_CLOCK_MS = 1_795_510_800_000

_position = attrgetter("position")


def feed_of(nickname: str) -> bytes:
    """The key of somebody's feed, the same in every run."""
    return blake2b(nickname.encode(), digest_size=32).digest()


def said(
    nickname: str, text: str, timestamp_ms: int = NINE_O_CLOCK_MS, seq: int = 0, *, feed: bytes | None = None
) -> Message:
    """A message; in the feed of whoever is called so, unless it is another one."""
    return message_of(feed or feed_of(nickname), seq, Record(nickname, text, timestamp_ms))


def person(
    nickname: str,
    last_here_ms: int | None = None,
    *,
    is_here: bool = True,
    is_seed: bool = False,
    feed: bytes | None = None,
) -> Person:
    """Somebody else."""
    name = sanitise_line(nickname, 32)
    return Person(feed or feed_of(nickname), name, is_here, last_here_ms, is_own=False, is_seed=is_seed)


class FakeHistory:
    """Messages in a list; counts how many were read."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self.messages = sorted(messages, key=_position)
        self.ahead: list[Message] = []
        self.read_count = 0

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        end = len(self.messages) if position is None else bisect_left(self.messages, position, key=_position)
        newest_first = (self.messages[index] for index in range(end - 1, -1, -1))
        return self._read(newest_first, count, without)[::-1]

    def aside(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        ahead = (message for message in self.ahead if position is None or message.position > position)
        return self._read(ahead, count, without)

    def after(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        start = 0 if position is None else bisect_right(self.messages, position, key=_position)
        return self._read(islice(self.messages, start, None), count, without)

    def _read(self, messages: Iterable[Message], count: int, without: Collection[bytes]) -> Sequence[Message]:
        page = list(islice((message for message in messages if message.feed not in without), count))
        self.read_count += len(page)
        return page


class FakeSearch:
    """Finds what has the words, one after the other."""

    def __init__(self, history: FakeHistory, unread: int = 0) -> None:
        self.unread = unread
        self._history = history

    def advance(self) -> bool:
        self.unread = max(self.unread - 1, 0)
        return self.unread > 0

    def find(self, text: str, before: Position | None, count: int) -> Sequence[Hit]:
        query = Query.parse(text, today=date(2026, 11, 24), zone=UTC)
        found = [
            message
            for message in reversed(self._history.messages)
            if (before is None or message.position < before) and hits(message.text, query)
        ]
        return [Hit(message, query) for message in found[:count]]


class FakeConversation:
    """A room that is open, of which the test decides what happens in it."""

    def __init__(
        self, messages: Iterable[Message] = (), *, name: str = "lobby", nickname: str = "alice", people: int = 0
    ) -> None:
        self.name = sanitise_line(name, 64)
        self.nickname = sanitise_line(nickname, 32)
        self.own_feed = feed_of(nickname)
        self.people = people
        self.js_peers: int | None = None
        self.invite: Invite | None = None
        self.others: list[Person] = []
        self.callings = Callings()
        self.callings.heard(self.own_feed, self.nickname)
        self.checked: dict[bytes, SafeText] = {}
        # What is known of some people beside what they are called.
        self.identities: dict[bytes, Identity] = {}
        self.holders: dict[Position, list[Person]] = {}
        self.desk = Desk(joined_ms=1)
        self.blocked: set[bytes] = set()
        self.history = FakeHistory(messages)
        self.now_ms = NINE_O_CLOCK_MS
        self.refusal: Exception | None = None
        self.start_failure: Exception | None = None
        self.sent: list[str] = []
        self.way_given_count = 0
        self.connected_to: list[tuple[str, int]] = []
        self.findings: list[Finding] = []
        # Of the history; how much is left after each step, as a test lets it be read.
        self.unread = 0
        self.reading: asyncio.Queue[int] = asyncio.Queue()
        self.started = False
        self.closed = False
        self._listeners: list[Listener] = []

    @property
    def own_feeds(self) -> frozenset[bytes]:
        return frozenset({self.own_feed})

    def is_own(self, feed: bytes) -> bool:
        return feed == self.own_feed

    def everyone(self) -> Sequence[Person]:
        oneself = Person(self.own_feed, self.nickname, is_here=True, last_here_ms=None, is_own=True)
        return in_order(map(self._told_apart, [oneself, *self.others]))

    def _told_apart(self, person: Person) -> Person:
        _, suffix, is_checked, _ = self.calling(person.feed, person.nickname)
        is_muted, is_blocked = person.feed in self.desk.muted, person.feed in self.blocked
        return replace(person, suffix=suffix, is_checked=is_checked, is_muted=is_muted, is_blocked=is_blocked)

    def calling(self, feed: bytes, nickname: SafeText) -> Calling:
        is_checked = feed in self.checked and is_alike(self.checked[feed], nickname)
        return Calling(nickname, self.callings.suffix(feed, nickname), is_checked)

    def meant(self, text: str) -> Sequence[Person]:
        return meant(text, self.everyone(), self.callings.names_of)

    def identity(self, feed: bytes) -> Identity:
        person = next(person for person in self.everyone() if person.feed == feed)
        known = self.identities.get(feed, Identity(person, (person.nickname,), (feed,)))
        return known._replace(person=person, checked_as=self.checked.get(feed))

    def check(self, feed: bytes) -> bool:
        if self.checked.pop(feed, None) is None:
            self.checked[feed] = next(person.nickname for person in self.others if person.feed == feed)
        self._tell(NamesChanged())
        return feed in self.checked

    def delivery(self, position: Position) -> Sequence[Person]:
        return self.holders.get(position, [])

    def change_desk(self, **changes: Unpack[DeskChanges]) -> None:
        muted = self.desk.muted
        self.desk = self.desk.changed(**changes)
        if self.desk.muted != muted:
            self._tell(HearingChanged())

    def block(self, feed: bytes) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.blocked.update(self.identity(feed).feeds)
        self._tell(HearingChanged())

    def unblock(self, feed: bytes) -> None:
        self.blocked.difference_update(self.identity(feed).feeds)
        self._tell(HearingChanged())

    def give_way(self) -> None:
        self.way_given_count += 1

    def rename(self, nickname: str) -> None:
        self.nickname = SafeText(require_nickname(nickname))
        self.callings.heard(self.own_feed, self.nickname)
        self._tell(NamesChanged())

    def open_search(self) -> "FakeSearch":
        return FakeSearch(self.history)

    def send(self, text: str, *, is_action: bool = False) -> Message:
        if self.refusal is not None:
            raise self.refusal
        if len(text) > 16_000:
            raise UsageError("A message has at most 16,000 characters.")
        newest_ms = self.history.messages[-1].timestamp_ms if self.history.messages else 0
        timestamp_ms = max(self.now_ms, newest_ms + 1)
        record = Record(self.nickname, text, timestamp_ms, is_action)
        message = message_of(self.own_feed, len(self.sent), record)
        self.sent.append(text)
        self.receive(message)
        return message

    def connect(self, endpoint: str) -> None:
        self.connected_to.append(parse_endpoint(endpoint, 27_272))

    def open_evidence(self) -> Evidence:
        raise NotHeldError("what a fake says is signed by nobody")

    def diagnose(self) -> Sequence[Finding]:
        return self.findings

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def read_history(self, tell: Callable[[int], None]) -> None:
        while self.unread:
            self.unread = await self.reading.get()
            tell(self.unread)

    async def start(self) -> None:
        if self.start_failure is not None:
            raise self.start_failure
        self.started = True

    async def close(self) -> None:
        self.closed = True

    @property
    def listener_count(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def receive(self, *messages: Message) -> None:
        """Let `messages` arrive, all at once."""
        if len(messages) > 100:
            self.history.messages = sorted([*self.history.messages, *messages], key=_position)
        else:
            for message in messages:
                insort(self.history.messages, message, key=_position)
        others = [self.callings.heard(message.feed, message.nickname) for message in messages]
        if any(others):
            self._tell(NamesChanged())
        self._tell(Arrived(messages))

    def meet(self, people: int) -> None:
        """Let there be `people` others."""
        self.people = people
        self._tell(PeopleChanged(people))

    def link_js_peers(self, count: int) -> None:
        """Let the room be shared with so many JavaScript peers."""
        self.js_peers = count
        self._tell(JsPeersChanged(count))

    def know(self, *others: Person) -> None:
        """Let these be all the others, those who are here and those who are not."""
        self.others = list(others)
        for other in others:
            self.callings.heard(other.feed, other.nickname)
        here = sum(other.is_here for other in others)
        if here != self.people:
            self.meet(here)
        self._tell(NamesChanged())

    def deliver(self, message: Message, *holders: Person) -> None:
        """Let `holders` be those who hold a message of our own."""
        self.holders[message.position] = list(holders)
        self._tell(Delivered(message.feed, message.position.seq))

    def catch_up(self, missing: int) -> None:
        """Have so much still on its way."""
        self._tell(CatchingUp(missing))

    def hold_aside(self, *messages: Message) -> None:
        """Let these be all that are held aside."""
        self.history.ahead = sorted(messages, key=_position)
        self._tell(HeldAside(len(messages)))

    def set_clock_back(self, *messages: Message) -> None:
        """Have `messages`, which were shown, held aside again."""
        self.history.messages = [message for message in self.history.messages if message not in messages]
        self._tell(SetBack())
        self.hold_aside(*self.history.ahead, *messages)

    def notice(self, text: str) -> None:
        """Say something about the room."""
        self._tell(Notice(SafeText(text)))

    def _tell(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)

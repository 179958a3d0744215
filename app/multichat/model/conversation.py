"""What a face of the program (the screen, plain lines, JSON) sees of a room.

Owns the events of a conversation and the shape of what carries it. `multichat.room.Room` is the real one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Unpack

from multichat.model.desk import Desk, DeskChanges
from multichat.model.finder import Hit
from multichat.model.finding import Finding
from multichat.model.message import Message, Position
from multichat.model.people import Person
from multichat.model.text import SafeText


@dataclass(frozen=True, slots=True)
class Arrived:
    """Messages that are now part of the history, in order of arrival, our own included."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Somebody has come or gone: how many other people are connected now."""

    people: int


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """Some of the people are called something else from now on, or are known by a name at last."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Of a feed of ours, messages from block `seq` on are held by others than before: more, and seldom fewer."""

    feed: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """How much of what others have said is still on its way to us; 0 when all of it is here, or nobody sends any."""

    missing: int


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the user about the room itself: what happened and what to do."""

    text: SafeText


Event = Arrived | PeopleChanged | NamesChanged | Delivered | CatchingUp | Notice
Listener = Callable[[Event], None]


class History(Protocol):
    """The conversation so far, read in pages. Messages from clocks far ahead are left out until they are due."""

    def before(self, position: Position | None, count: int) -> Sequence[Message]:
        """The last `count` messages before `position` (before the end, if None), oldest first."""
        ...

    def after(self, position: Position | None, count: int) -> Sequence[Message]:
        """The first `count` messages after `position` (from the very first, if None), oldest first."""
        ...


class Search(Protocol):
    """Finds what has been said; see `model.finder.Finder`."""

    @property
    def unread(self) -> int:
        """How much of the history is still to be read: what is said there is not found yet."""
        ...

    def advance(self) -> bool:
        """Read on, for a few milliseconds; whether there is more. Raises StoreError."""
        ...

    def find(self, text: str, before: Position | None, count: int, *, length: int) -> Sequence[Hit]:
        """The last `count` messages before `before` that `text` asks for, newest first.

        Raises UsageError for a text that asks for nothing or cannot be read, and StoreError.
        """
        ...


class Conversation(Protocol):
    """A room that is open."""

    @property
    def name(self) -> SafeText:
        """The room's name."""
        ...

    @property
    def nickname(self) -> SafeText:
        """Our own nickname."""
        ...

    @property
    def own_feed(self) -> bytes:
        """The public key of our own feed, 32 bytes."""
        ...

    def is_own(self, feed: bytes) -> bool:
        """Whether we write, or once wrote, this feed: one that was copied and forked goes on in another."""
        ...

    @property
    def people(self) -> int:
        """How many other people are connected."""
        ...

    def everyone(self) -> Sequence[Person]:
        """All who are known, oneself included: those here first, then who was here last, then by name.

        Changes with PeopleChanged and NamesChanged.
        """
        ...

    def delivery(self, position: Position) -> Sequence[Person]:
        """Which other people hold a message of our own, by their word. Nobody: it waits. Changes with Delivered."""
        ...

    @property
    def history(self) -> History:
        """What has been said."""
        ...

    @property
    def desk(self) -> Desk:
        """What one has left in this room on this machine."""
        ...

    def change_desk(self, **changes: Unpack[DeskChanges]) -> None:
        """Leave something in this room, for the next time: it is kept within a second or two, and when one leaves."""
        ...

    def open_search(self) -> Search:
        """The search through all that has been said; made when it is wanted first. Raises StoreError."""
        ...

    def give_way(self) -> None:
        """Somebody is typing: for a few frames, that comes before whatever arrives."""
        ...

    def rename(self, nickname: str) -> None:
        """Be called `nickname` in what one says from now on. Raises UsageError for what cannot be one."""
        ...

    def send(self, text: str, *, is_action: bool = False) -> Message:
        """Say `text`, or tell that one does it: it is on the disk when this returns, and on its way.

        Raises UsageError for a text that cannot be sent and multifeed's StoreError when the disk refuses; then nothing
        was said.
        """
        ...

    def connect(self, endpoint: str) -> None:
        """Connect by hand to whoever is at `endpoint` (HOST, HOST:PORT), and keep trying. Raises UsageError."""
        ...

    def diagnose(self) -> Sequence[Finding]:
        """What is known at this moment of why one sees whom one sees."""
        ...

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on, on the event loop; returns what ends that."""
        ...

    async def start(self) -> None:
        """Look for people."""
        ...

    async def close(self) -> None:
        """Say goodbye to everyone connected and release the profile."""
        ...

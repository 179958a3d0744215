"""What a face of the program (the screen, plain lines, JSON) sees of a room.

Owns the events of a conversation and the shape of what carries it. `multichat.room.Room` is the real one.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Unpack

from multichat.model.callings import Calling
from multichat.model.desk import Desk, DeskChanges
from multichat.model.invite import Invite
from multichat.model.message import Message, Position
from multichat.model.people import Identity, Person
from multichat.model.text import SafeText

if TYPE_CHECKING:
    # What only a search, an export or the doctor needs is loaded for it.
    from multichat.model.export.evidence import Evidence
    from multichat.model.finder import Hit
    from multichat.model.finding import Finding


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
    """Some of the people are to be called something else from now on, here or in what they have said before."""


@dataclass(frozen=True, slots=True)
class HearingChanged:
    """Others than before are muted or blocked: what was said is to be read anew, without them or with them again."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Of a feed of ours, messages from block `seq` on are held by others than before: more, and seldom fewer."""

    feed: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class JsPeersChanged:
    """How many JavaScript peers are linked with us."""

    count: int


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """How much of what others have said is still on its way to us; 0 when all of it is here, or nobody sends any."""

    missing: int


@dataclass(frozen=True, slots=True)
class HeldAside:
    """How many messages are held aside now, whose authors' clocks are far ahead; ASIDE_COUNTED_MAX + 1 if even more."""

    count: int


@dataclass(frozen=True, slots=True)
class Forked:
    """A feed has two histories, both signed: what it had said stays, and nothing new is taken from it."""

    feed: bytes


@dataclass(frozen=True, slots=True)
class SetBack:
    """This machine's clock was set back. What is far ahead of it by now is held aside again, and arrives when due."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the user about the room itself: what happened and what to do."""

    text: SafeText


Event = (
    Arrived
    | PeopleChanged
    | JsPeersChanged
    | NamesChanged
    | HearingChanged
    | Delivered
    | CatchingUp
    | HeldAside
    | Forked
    | SetBack
    | Notice
)
Listener = Callable[[Event], None]


class History(Protocol):
    """The conversation so far, read in pages. Messages from clocks far ahead are left out until they are due.

    Those of the feeds `without` are left out too, and others read in their place, however many there are.
    """

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """The last `count` messages before `position` (before the end, if None), oldest first."""
        ...

    def after(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """The first `count` messages after `position` (from the very first, if None), oldest first."""
        ...

    def aside(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """Those left out: the first `count` after `position` (from the first, if None), the one due first first."""
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

    def find(self, text: str, before: Position | None, count: int) -> "Sequence[Hit]":
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
    def invite(self) -> Invite | None:
        """What lets others in; None where the name does, for a room that is open to whoever knows it."""
        ...

    @property
    def nickname(self) -> SafeText:
        """Our own nickname."""
        ...

    @property
    def own_feed(self) -> bytes:
        """The public key of our own feed, the one that is written now, 32 bytes."""
        ...

    @property
    def own_feeds(self) -> frozenset[bytes]:
        """The public keys of all feeds that we write, or once wrote."""
        ...

    def is_own(self, feed: bytes) -> bool:
        """Whether we write, or once wrote, this feed: one that was copied and forked goes on in another."""
        ...

    @property
    def people(self) -> int:
        """How many other people are connected."""
        ...

    @property
    def js_peers(self) -> int | None:
        """How many JavaScript peers are linked; None where the room is not shared with any."""
        ...

    def everyone(self) -> Sequence[Person]:
        """All who are known, oneself included: those here first, then who was here last, then by name.

        Changes with PeopleChanged and NamesChanged.
        """
        ...

    def calling(self, feed: bytes, nickname: SafeText) -> Calling:
        """What to call the owner of a feed where they have signed as `nickname`. Changes with NamesChanged."""
        ...

    def meant(self, text: str) -> Sequence[Person]:
        """Whom one means by `text`, oneself included; see `model.callings.meant`."""
        ...

    def identity(self, feed: bytes) -> Identity:
        """What is known of the owner of a feed."""
        ...

    def check(self, feed: bytes) -> bool:
        """Mark the key of a feed as checked under the present name of its owner, or no more; whether it is now.

        The mark is lost when the name changes. Raises UsageError for one's own, and for one who has no name yet.
        """
        ...

    @property
    def blocked(self) -> Collection[bytes]:
        """The feeds that are blocked. Changes with HearingChanged."""
        ...

    def block(self, feed: bytes) -> None:
        """Store and pass on nothing more of what the owner of a feed writes, in whichever feed; what there is stays.

        Raises UsageError for one's own, and StoreError.
        """
        ...

    def unblock(self, feed: bytes) -> None:
        """Take what the owner of a feed writes again, and what they have written meanwhile. Raises StoreError."""
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

    def open_evidence(self) -> "Evidence":
        """What shows that each message is its author's, for whoever takes it out of the room."""
        ...

    def diagnose(self) -> "Sequence[Finding]":
        """What is known at this moment of why one sees whom one sees."""
        ...

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on, on the event loop; returns what ends that."""
        ...

    @property
    def unread(self) -> int:
        """How much of the history on this disk is still to be put in order: seldom any, and then before `start`."""
        ...

    async def read_history(self, tell: Callable[[int], None]) -> None:
        """Put in order what is not yet; `tell` hears every moment how much is left.

        Cancelled, it is gone on with the next time. Raises StoreError.
        """
        ...

    async def start(self) -> None:
        """Look for people."""
        ...

    async def close(self) -> None:
        """Say goodbye to everyone connected and release the profile."""
        ...

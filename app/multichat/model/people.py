"""Who is here and who was, by the key that each has proven, and what each is called. Pure.

Owns who counts as here, when the others last were, which nickname is the newest of a person, and the order in which
people are listed. Knows neither links nor clocks nor where messages are kept: it is told.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from multichat.limits import SEEN_MAX
from multichat.model.names import shown_name
from multichat.model.text import SafeText

# What the agent of a program ends with that holds a room for others and says nothing.
SEED_AGENT_ENDING: Final = " seed"

_SEED_NAME: Final = SafeText("seed")
_KEY_SHOWN_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the room: who owns `feed`.

    `last_here_ms` is when their last link ended, None for one who is here, and for one whose messages have come by way
    of others. `nickname` is that of their newest message, or the first digits of the key of one who has said nothing.
    `suffix` tells them apart from others who are called so, and is empty where there are none; `is_checked` is whether
    one has checked that this is their key. What they say is hidden if one has muted them, and not taken if blocked.
    `root` is the first feed of somebody who has gone on in this one, and empty otherwise.
    """

    feed: bytes
    nickname: SafeText
    is_here: bool
    last_here_ms: int | None
    is_own: bool
    is_seed: bool = False
    suffix: str = ""
    is_checked: bool = False
    is_muted: bool = False
    is_blocked: bool = False
    root: bytes = b""

    @property
    def label(self) -> SafeText:
        """What to call them, so that nobody else can be meant."""
        return SafeText(self.nickname + self.suffix)


# Whoever is linked by way of JavaScript proves no key: together they count as one holder of what one has written. This
# key is nobody's, since nothing can be signed with it.
JS_PEERS: Final = Person(bytes(32), SafeText("JavaScript peers"), is_here=False, last_here_ms=None, is_own=False)


class Identity(NamedTuple):
    """What is known of a person and their keys.

    `names` are all that they are known to have gone by, the newest last; `feeds` all that they have written, the newest
    last, and `forked` those of them of which there are two histories. `first_seen_ms` and `last_seen_ms` are when they
    were first and last here, or said something, whichever was more; None for who never did either. `checked_as` is the
    name under which one has checked the key.
    """

    person: Person
    names: tuple[SafeText, ...]
    feeds: tuple[bytes, ...]
    forked: frozenset[bytes] = frozenset()
    first_seen_ms: int | None = None
    last_seen_ms: int | None = None
    checked_as: SafeText | None = None


class Seen(NamedTuple):
    """That somebody was here, and when they last were."""

    feed: bytes
    last_here_ms: int
    is_seed: bool = False
    # 0 where that is not known.
    first_here_ms: int = 0


class Attendance:
    """Who is here, and when those who have left last were. Of one person's several programs, any will do."""

    def __init__(self, seen: Iterable[Seen] = (), *, seen_max: int = SEEN_MAX) -> None:
        self._seen_max = seen_max
        # Whether each is here with seeds only.
        self._here: dict[bytes, bool] = {}
        # Those who have left, the last one last.
        self._gone: dict[bytes, Seen] = {}
        # When each of them all was met first.
        self._first_here_ms: dict[bytes, int] = {}
        self._remember(sorted(seen, key=lambda one: one.last_here_ms))

    @property
    def here(self) -> Collection[bytes]:
        """The feeds of those who are here."""
        return self._here.keys()

    @property
    def gone(self) -> Collection[bytes]:
        """The feeds of those who were here and are not."""
        return self._gone.keys()

    def last_here_ms(self, feed: bytes) -> int | None:
        """When somebody who has left last was here."""
        seen = self._gone.get(feed)
        return None if seen is None else seen.last_here_ms

    def first_here_ms(self, feed: bytes) -> int:
        """When somebody who is here or was has been met first; 0 if that is not known."""
        return self._first_here_ms.get(feed, 0)

    def is_seed(self, feed: bytes) -> bool:
        """Whether all that one runs, or has run when last here, are seeds."""
        seen = self._gone.get(feed)
        return self._here.get(feed, False) if seen is None else seen.is_seed

    def update(self, here: Mapping[bytes, bool], now_ms: int) -> bool:
        """These are here now, each with seeds only or not; whether anybody has come, gone or changed."""
        if here == self._here:
            return False
        left = [self._seen(feed, now_ms) for feed in self._here if feed not in here]
        self._here = dict(here)
        for feed in here:
            self._gone.pop(feed, None)
            self._first_here_ms.setdefault(feed, now_ms)
        self._remember(left)
        return True

    def seen(self, now_ms: int) -> tuple[Seen, ...]:
        """Everybody who is here or was, the last one last; to be kept for the next run, however this one ends."""
        return (*self._gone.values(), *(self._seen(feed, now_ms) for feed in self._here))[-self._seen_max :]

    def _seen(self, feed: bytes, now_ms: int) -> Seen:
        return Seen(feed, now_ms, self._here[feed], self._first_here_ms[feed])

    def _remember(self, left: Iterable[Seen]) -> None:
        for seen in left:
            self._gone.pop(seen.feed, None)
            self._gone[seen.feed] = seen
            self._first_here_ms[seen.feed] = seen.first_here_ms
        for feed in list(self._gone)[: -self._seen_max]:
            del self._gone[feed], self._first_here_ms[feed]


class _Name(NamedTuple):
    seq: int
    signed: str
    shown: SafeText


class Names:
    """What the owner of each feed calls themselves: the nickname of their last message, by the order of their feed."""

    def __init__(self) -> None:
        self._names: dict[bytes, _Name] = {}

    @property
    def feeds(self) -> Collection[bytes]:
        """Those that have a name, in the order in which they became known."""
        return self._names.keys()

    def get(self, feed: bytes) -> SafeText | None:
        """The name; None if no message of that feed is known."""
        name = self._names.get(feed)
        return None if name is None else name.shown

    def is_signed(self, feed: bytes, nickname: str) -> bool:
        """Whether the newest message that is known of a feed is signed with this nickname."""
        name = self._names.get(feed)
        return name is not None and name.signed == nickname

    def heard(self, feed: bytes, seq: int, nickname: str) -> bool:
        """Message `seq` of a feed is signed with this nickname; whether its owner is now called something else."""
        known = self._names.get(feed)
        if known is not None and seq < known.seq:
            return False
        if known is not None and nickname == known.signed:
            self._names[feed] = _Name(seq, nickname, known.shown)
            return False
        self._names[feed] = _Name(seq, nickname, shown_name(nickname))
        return True


def names_of(people: Iterable[Person]) -> list[SafeText]:
    """What to call others, once each."""
    return list(dict.fromkeys(person.label for person in people if not person.is_own and not person.is_seed))


def is_seed_agent(agent: str) -> bool:
    """Whether a program says of itself that it is a seed."""
    return agent.endswith(SEED_AGENT_ENDING)


def name_without_messages(feed: bytes, *, is_seed: bool) -> SafeText:
    """What to call somebody who has said nothing."""
    return _SEED_NAME if is_seed else SafeText(feed.hex()[:_KEY_SHOWN_LENGTH])


def in_order(people: Iterable[Person]) -> tuple[Person, ...]:
    """Those here first, oneself before all others; then who was here last; then by name."""
    return tuple(sorted(people, key=_order))


def _order(person: Person) -> tuple[bool, bool, bool, int, str, bytes]:
    was_never_here = person.last_here_ms is None
    return (
        not person.is_here,
        not person.is_own,
        was_never_here,
        -(person.last_here_ms or 0),
        person.nickname.casefold(),
        person.feed,
    )

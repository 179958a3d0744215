"""Who is here and who was, by the key that each has proven, and what each is called. Pure.

Owns who counts as here, when the others last were, which nickname is the newest of a person, and the order in which
people are listed. Knows neither links nor clocks nor where messages are kept: it is told.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from multichat.limits import NICKNAME_LENGTH_MAX
from multichat.model.text import SafeText, sanitise_line

# People who have left that are remembered; of more, those who were here last.
SEEN_MAX: Final = 500

# What the agent of a program ends with that holds a room for others and says nothing.
SEED_AGENT_ENDING: Final = " seed"

_SEED_NAME: Final = SafeText("seed")
_KEY_SHOWN_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the room: who owns `feed`.

    `last_here_ms` is when their last link ended, None for one who is here, and for one whose messages have come by way
    of others. `nickname` is that of their newest message, or the first digits of the key of one who has said nothing.
    """

    feed: bytes
    nickname: SafeText
    is_here: bool
    last_here_ms: int | None
    is_own: bool
    is_seed: bool = False


class Seen(NamedTuple):
    """That somebody was here, and when they last were."""

    feed: bytes
    last_here_ms: int
    is_seed: bool = False


class Attendance:
    """Who is here, and when those who have left last were. Of one person's several programs, any will do."""

    def __init__(self, seen: Iterable[Seen] = (), *, seen_max: int = SEEN_MAX) -> None:
        self._seen_max = seen_max
        # Whether each is here with seeds only.
        self._here: dict[bytes, bool] = {}
        # Those who have left, the last one last.
        self._gone: dict[bytes, Seen] = {}
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

    def is_seed(self, feed: bytes) -> bool:
        """Whether all that one runs, or has run when last here, are seeds."""
        seen = self._gone.get(feed)
        return self._here.get(feed, False) if seen is None else seen.is_seed

    def update(self, here: Mapping[bytes, bool], now_ms: int) -> bool:
        """These are here now, each with seeds only or not; whether anybody has come, gone or changed."""
        if here == self._here:
            return False
        left = [Seen(feed, now_ms, is_seed) for feed, is_seed in self._here.items() if feed not in here]
        self._here = dict(here)
        for feed in here:
            self._gone.pop(feed, None)
        self._remember(left)
        return True

    def seen(self, now_ms: int) -> tuple[Seen, ...]:
        """Everybody who is here or was, the last one last; to be kept for the next run, however this one ends."""
        here = [Seen(feed, now_ms, is_seed) for feed, is_seed in self._here.items()]
        return (*self._gone.values(), *here)[-self._seen_max :]

    def _remember(self, left: Iterable[Seen]) -> None:
        for seen in left:
            self._gone.pop(seen.feed, None)
            self._gone[seen.feed] = seen
        for feed in list(self._gone)[: -self._seen_max]:
            del self._gone[feed]


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

    def heard(self, feed: bytes, seq: int, nickname: str) -> bool:
        """Message `seq` of a feed is signed with this nickname; whether its owner is now called something else."""
        known = self._names.get(feed)
        if known is not None and seq < known.seq:
            return False
        if known is not None and nickname == known.signed:
            self._names[feed] = _Name(seq, nickname, known.shown)
            return False
        self._names[feed] = _Name(seq, nickname, sanitise_line(nickname, NICKNAME_LENGTH_MAX) or SafeText("?"))
        return True


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

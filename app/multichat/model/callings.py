"""Who goes by which name, and what tells those apart who go by one. Pure.

Owns which names of a room look alike, and the digits of a key that are shown behind them. It is told every name that is
seen, in the order in which it is seen. Knows nothing of who is here.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable
from itertools import takewhile
from typing import Final, NamedTuple

from multichat.limits import NAMES_PER_FEED_MAX
from multichat.model.message import Message
from multichat.model.names import KEY_SIGN
from multichat.model.people import Person
from multichat.model.skeleton import is_alike, looks_of
from multichat.model.text import SafeText

# Fewer digits would have to become more too often.
_DIGITS_MIN: Final = 4

_WITH_KEY: Final = re.compile(f"(?P<name>.*?)\\s*[{KEY_SIGN}#](?P<digits>[0-9a-f]{{{_DIGITS_MIN},64}})", re.IGNORECASE)
_KEY: Final = re.compile(f"[0-9a-f]{{{_DIGITS_MIN},64}}", re.IGNORECASE)


class Calling(NamedTuple):
    """What to call somebody: a name, digits of their key behind it if others go by it too, whether it is checked.

    `root` is the first feed of somebody who has gone on in the one that this was asked for, and empty otherwise.
    """

    name: SafeText
    suffix: str = ""
    is_checked: bool = False
    root: bytes = b""

    @property
    def label(self) -> SafeText:
        """The name, so that nobody else can be meant."""
        return SafeText(self.name + self.suffix)


def _never(_one: bytes, _other: bytes) -> bool:
    return False


class Callings:
    """Of one room. `is_one` says of two feeds whether they are the same person's: those need not be told apart."""

    def __init__(
        self, is_one: Callable[[bytes, bytes], bool] = _never, *, names_per_feed_max: int = NAMES_PER_FEED_MAX
    ) -> None:
        self._is_one = is_one
        self._names_max = names_per_feed_max
        # The names of each feed with their looks, in the order in which they were seen; which of them is the newest.
        self._names: dict[bytes, dict[str, tuple[str, ...]]] = {}
        self._newest: dict[bytes, str] = {}
        # The feeds that use names with a look, in their order.
        self._users: dict[str, list[bytes]] = {}
        # What was asked for, until anything changes in it.
        self._suffixes: dict[tuple[bytes, str], str] = {}
        # How often anything has come to stand behind names that did not before, or does no more.
        self.change_count = 0

    def knows(self, feed: bytes, name: str) -> bool:
        """Whether a name of a feed has been seen."""
        names = self._names.get(feed)
        return names is not None and name in names

    def names_of(self, feed: bytes) -> Collection[SafeText]:
        """The names that are known of a feed, in the order in which they were seen."""
        return [SafeText(name) for name in self._names.get(feed, ())]

    def heard(self, feed: bytes, name: SafeText, *, is_newest: bool = False) -> bytes | None:
        """Somebody goes by a name: who else does, by one that looks like it, if this was not known; one will do.

        What is said of others then has changed too. `is_newest` is what they are called now: never forgotten.
        """
        if is_newest:
            self._newest[feed] = name
        names = self._names.setdefault(feed, {})
        if name in names:
            return None
        names[name] = looks = looks_of(name)
        for look in looks:
            _put(self._users.setdefault(look, []), feed)
        if len(names) > self._names_max:
            self._forget(feed, next(known for known in names if known not in {name, self._newest.get(feed)}))
        other = self.namesake(feed, name)
        if other is not None:
            self.changed()
        return other

    def namesake(self, feed: bytes, name: str) -> bytes | None:
        """Somebody else who goes by a name that looks like this one, if anybody does."""
        for look in looks_of(name):
            for user in self._users.get(look, ()):
                if user != feed and not self._is_one(user, feed):
                    return user
        return None

    def suffix(self, feed: bytes, name: SafeText) -> str:
        """What stands behind a name of a feed: nothing, or as many digits of its key as nobody else has who goes by it.

        The name counts as seen.
        """
        suffix = self._suffixes.get((feed, name))
        if suffix is None:
            self.heard(feed, name)
            self._suffixes[feed, name] = suffix = self._make_suffix(feed, name)
        return suffix

    def changed(self) -> None:
        """Work out anew what stands behind names: it has turned out otherwise whose feeds are one person's."""
        self._suffixes.clear()
        self.change_count += 1

    def _make_suffix(self, feed: bytes, name: str) -> str:
        if self.namesake(feed, name) is None:
            return ""
        shared = max(_digits_shared(feed, self._users.get(look, [])) for look in looks_of(name))
        return f"{KEY_SIGN}{feed.hex()[: max(shared + 1, _DIGITS_MIN)]}"

    def _forget(self, feed: bytes, name: str) -> None:
        names = self._names[feed]
        looks = set(names.pop(name))
        for look in looks.difference(*names.values()):
            users = self._users[look]
            users.remove(feed)
            if not users:
                del self._users[look]
        self.changed()


def callings_of(messages: Iterable[Message], calling: Callable[[Message], Calling]) -> list[Calling]:
    """What to call the authors of `messages`, once all of them have been asked for: two of them may go by one name."""
    messages = list(messages)
    for message in messages:
        calling(message)
    return list(map(calling, messages))


def meant(text: str, people: Iterable[Person], names_of: Callable[[bytes], Collection[str]]) -> list[Person]:
    """Whom of `people` somebody means who writes `text`: a name, a name with digits of a key behind it, such digits.

    Names that look alike are not told apart here, and of a key `#` may stand before the digits. Where nobody goes by a
    name any more, those are meant who did.
    """
    text = text.removeprefix("@").strip()
    everyone = list(people)
    by_key = _WITH_KEY.fullmatch(text)
    name, digits = (by_key["name"], by_key["digits"]) if by_key else ("", text if _KEY.fullmatch(text) else "")
    keyed = [person for person in everyone if digits and _has_key(person, digits.lower())]
    if by_key and (found := [person for person in keyed if not name or _goes_by(person, name, names_of)]):
        return found
    named = [person for person in everyone if is_alike(text, person.nickname)]
    if not by_key:
        named += [person for person in keyed if person not in named]
    return named or [person for person in everyone if _goes_by(person, text, names_of)]


def _has_key(person: Person, digits: str) -> bool:
    return person.feed.hex().startswith(digits) or person.root.hex().startswith(digits)


def _goes_by(person: Person, name: str, names_of: Callable[[bytes], Collection[str]]) -> bool:
    return any(is_alike(name, known) for known in (person.nickname, *names_of(person.feed)))


def _put(feeds: list[bytes], feed: bytes) -> None:
    at = bisect_left(feeds, feed)
    if feeds[at : at + 1] != [feed]:
        insort(feeds, feed)


def _digits_shared(feed: bytes, feeds: list[bytes]) -> int:
    """How many digits the key of a feed begins with that another one of `feeds` begins with too."""
    at = bisect_left(feeds, feed)
    after = at + (feeds[at : at + 1] == [feed])
    # In their order, those most like it stand beside it.
    neighbours = (*feeds[max(at - 1, 0) : at], *feeds[after : after + 1])
    return max((_digits_alike(feed, neighbour) for neighbour in neighbours), default=0)


def _digits_alike(one: bytes, other: bytes) -> int:
    digits = zip(one.hex(), other.hex(), strict=True)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], digits))

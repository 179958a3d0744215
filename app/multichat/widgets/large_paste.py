"""Pastes so long that they may be mistakes: they wait to be wanted. Pure.

Owns what counts as one, and where each belongs in a text that is written on meanwhile: where the cursor was, before
what was typed there since. Knows nothing of keys.
"""

from dataclasses import dataclass
from operator import attrgetter

from multichat.limits import PASTE_MAX_LINES


@dataclass(slots=True)
class Paste:
    """What was pasted, and how many characters stand before it."""

    text: str
    place: int


class Pastes:
    """Those that wait; of two in one place, the one that came first is before the other."""

    def __init__(self) -> None:
        self._pastes: list[Paste] = []
        # What their places are in.
        self._written = ""

    def __len__(self) -> int:
        return len(self._pastes)

    @property
    def line_count(self) -> int:
        """How many lines all of them have."""
        return sum(_line_count(paste.text) for paste in self._pastes)

    def add(self, text: str, place: int, written: str) -> None:
        """Have `text` wait, which belongs at `place` in what is `written` by now."""
        self.follow(written)
        self._pastes.append(Paste(text, place))

    def edited(self, start: int, end: int, text: str) -> None:
        """`text` takes the place of the characters from `start` to `end`."""
        self._written = self._written[:start] + text + self._written[end:]
        for paste in self._pastes:
            if start < paste.place:
                paste.place = start if end > paste.place else paste.place + len(text) - (end - start)

    def follow(self, written: str) -> None:
        """This is written now, in whatever way that came about."""
        if self._pastes and written != self._written:
            self.edited(*_difference(self._written, written))
        self._written = written

    def take(self) -> list[Paste]:
        """All of them, which wait no longer, by their places: whoever inserts the last first moves no other."""
        taken, self._pastes = sorted(self._pastes, key=attrgetter("place")), []
        return taken


def is_large(text: str) -> bool:
    """Whether one has to ask."""
    return _line_count(text) > PASTE_MAX_LINES


def _line_count(text: str) -> int:
    """A line break at the end begins no line."""
    return text.rstrip("\n").count("\n") + 1


def _difference(before: str, after: str) -> tuple[int, int, str]:
    """From where to where the two differ in the first, and what stands there in the second."""
    start = _alike(before, after)
    ending = _alike(before[start:][::-1], after[start:][::-1])
    return start, len(before) - ending, after[start : len(after) - ending]


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    differing = (index for index, (this, that) in enumerate(zip(one, other, strict=False)) if this != that)
    return next(differing, min(len(one), len(other)))

"""Whether this machine's clock can be right, by what others' show. Pure.

Owns from where on clocks disagree, which of them is taken to be wrong, when that is worth a word, and the words. Knows
neither links nor a clock: it is told by how much each of the others is ahead. Any of them may lie, and nothing but
these words comes of it.
"""

from collections.abc import Collection
from itertools import pairwise
from typing import Final

from multichat.limits import ASIDE_COUNTED_MAX, CLOCK_WORDS_PAUSE_MAX_S, CLOCK_WORDS_PAUSE_MIN_S

# From here on it is said: with less, hardly anything that is written stands elsewhere than it should.
DISAGREEMENT_MIN_S: Final = 60

# Up to here a clock of which it was said is right again: in between nothing is said, lest it be said in turns.
_AGREEMENT_MAX_S: Final = 30

# It has to be so for as long as this: when a room fills, whoever comes first is not most.
_SETTLED_S: Final = 3.0

_UNITS: Final = (("year", 31_536_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def behind_s(ahead_s: Collection[int]) -> int:
    """By how much our clock is behind most others', which are `ahead_s` of it; negative if ahead, 0 if most agree.

    It is what the one in the middle says, of two the one nearer to us: more than half are at least as far off, on the
    same side.
    """
    if not ahead_s:
        return 0
    ordered = sorted(ahead_s)
    low_s, high_s = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low_s if low_s > 0 else min(high_s, 0)


def disagreement(by_s: int, others: int, name: str = "the other") -> tuple[str, str]:
    """What is so when our clock is `by_s` behind those of `others`, and what to do. `name` is whose it is if one's."""
    direction = "behind" if by_s > 0 else "ahead of"
    whose = f"{name}'s" if others == 1 else "most others'"
    advice = "one of the two is wrong: set that one" if others == 1 else "set it"
    return f"this machine's clock is {duration_text(abs(by_s))} {direction} {whose}", advice


def duration_text(length_s: int) -> str:
    """A length of time in its two greatest units, rounded to the smaller of them: 1 hour 5 minutes."""
    # Two clocks are compared over a link that takes its time: two hours are not 1 hour 59 minutes.
    for (_, unit_s), (_, next_s) in pairwise(_UNITS):
        if length_s >= unit_s:
            length_s = (length_s + next_s // 2) // next_s * next_s
            break
    counts: list[tuple[int, str]] = []
    for unit, unit_s in _UNITS:
        count, length_s = divmod(length_s, unit_s)
        if count or counts:
            counts.append((count, unit))
    said = [f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s" for count, unit in counts[:2] if count]
    return " ".join(said) or "0 seconds"


def counted_aside(count: int) -> str:
    """How many messages are held aside, as far as they are counted."""
    return f"over {ASIDE_COUNTED_MAX:,}" if count > ASIDE_COUNTED_MAX else f"{count:,}"


def held_aside(count: int) -> str:
    """That so many messages are held aside."""
    if count == 1:
        return "1 message from a clock ahead is held aside"
    return f"{counted_aside(count)} messages from clocks ahead are held aside"


class ClockWatch:
    """Hears again and again by how much others' clocks are ahead, and says when somebody is to be told.

    However often they change their minds, that is seldom, and more and more seldom.
    """

    def __init__(self) -> None:
        # By how much our clock was said to be behind; 0 if nothing was said, or that it is right again.
        self._told_s = 0
        self._is_news_since_s: float | None = None
        self._quiet_until_s = 0.0
        self._pause_s = CLOCK_WORDS_PAUSE_MIN_S

    def heard(self, ahead_s: Collection[int], now_s: float) -> int | None:
        """By how much our clock is behind, if that is to be told now, 0 if it is right again; None to say nothing.

        `now_s` is any clock that does not jump.
        """
        by_s = behind_s(ahead_s)
        if not ahead_s or not self._is_news(by_s):
            self._is_news_since_s = None
            return None
        if self._is_news_since_s is None:
            self._is_news_since_s = now_s
        if now_s < max(self._is_news_since_s + _SETTLED_S, self._quiet_until_s):
            return None
        self._told_s = by_s if abs(by_s) >= DISAGREEMENT_MIN_S else 0
        self._quiet_until_s = now_s + self._pause_s
        self._pause_s = min(2 * self._pause_s, CLOCK_WORDS_PAUSE_MAX_S)
        return self._told_s

    def _is_news(self, by_s: int) -> bool:
        if self._told_s == 0:
            return abs(by_s) >= DISAGREEMENT_MIN_S
        return abs(by_s) <= _AGREEMENT_MAX_S or abs(by_s - self._told_s) >= DISAGREEMENT_MIN_S

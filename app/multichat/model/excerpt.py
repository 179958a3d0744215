"""The part of a message in which something was found, and where in it. Pure.

Owns which part is shown and what counts as a hit, which is what `words` and the index make of the same query. Knows
nothing of colours or cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from multichat.model.query import Phrase, Query
from multichat.model.text import SafeText, is_isolated, sanitise_line, unisolated
from multichat.model.words import Word, is_joined, words_in

_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")

# Of the characters that are shown, about one in so many stands before the first hit.
_LEAD_PART: Final = 4

# How far the beginning is moved so that no word is cut.
_SHIFT_MAX: Final = 12

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a message on one line, safe to show, and the `spans` [start, end) of the hits in it, from its start."""

    text: SafeText
    spans: tuple[Span, ...]


def excerpt(text: SafeText, query: Query, length: int) -> Excerpt:
    """At most `length` characters of a message's text around the first hit, or its beginning if there is none.

    `length` is at least three. A line that is written from right to left takes the two characters more that keep it
    from moving what stands beside it.
    """
    # Those that are there isolate whole lines; what is left of these is isolated again below.
    line = unisolated(text).replace("\n", " ").strip()
    spans = hits(line, query)
    start, end = _window(line, spans[0][0] if spans else 0, length)
    before, after = _ELLIPSIS * (start > 0), _ELLIPSIS * (end < len(line))
    shown = sanitise_line(before + line[start:end] + after, length)
    shift = is_isolated(shown) + len(before) - start
    clipped = [(max(first, start), min(last, end)) for first, last in spans if first < end and last > start]
    return Excerpt(shown, tuple((first + shift, last + shift) for first, last in clipped))


def hits(text: str, query: Query) -> list[Span]:
    """Where in a text the phrases of a query are found, from the left; those that overlap are one."""
    words = words_in(text)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word.token, []).append(place)
    found = sorted({span for phrase in query.phrases for span in _hits_of(phrase, words, places)})
    return list(_joined(found))


def _hits_of(phrase: Phrase, words: Sequence[Word], places: dict[str, list[int]]) -> Iterator[Span]:
    *firsts, last = phrase.tokens
    if phrase.may_go_on:
        ends = [token for token in places if token.startswith(last)]
    else:
        ends = [last] if last in places else []
    for token in ends:
        for place in places[token]:
            start = place - len(firsts)
            if start >= 0 and all(words[start + number].token == first for number, first in enumerate(firsts)):
                yield words[start].start, words[place].end


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    if not spans:
        return
    start, end = spans[0]
    for next_start, next_end in spans[1:]:
        if next_start < end:
            end = max(end, next_end)
        else:
            yield start, end
            start, end = next_start, next_end
    yield start, end


def _window(line: str, hit: int, length: int) -> Span:
    """Which part of a line to show, with a mark where it is cut, so that what begins at `hit` is in it."""
    if len(line) <= length:
        return 0, len(line)
    mark = len(_ELLIPSIS)
    start = max(0, min(hit - length // _LEAD_PART, len(line) - (length - mark)))
    if start > 0:
        start = line.find(" ", start, min(hit, start + _SHIFT_MAX)) + 1 or start
    while start < hit and is_joined(line[start]):
        start += 1
    room = length - mark * (start > 0)
    if len(line) - start <= room:
        return start, len(line)
    end = start + room - mark
    while max(start, hit) + 1 < end and (is_joined(line[end]) or line[end - 1] in _JOINERS):
        end -= 1
    return start, end

"""Whose a name is: what is known of each key that goes by it, and the key itself as words that can be read aloud.

Owns how that is arranged. What is known is the room's to say.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from multichat.model.key_words import words_of
from multichat.model.names import CHECK_SIGN
from multichat.model.people import Identity, Person
from multichat.screens.panel import PanelScreen, indented
from multichat.widgets.clock import hour_and_minute, local_time
from multichat.widgets.colours import person_colour
from multichat.widgets.people_panel import time_since

_FAINT: Final = "$foreground 70%"
_SEPARATOR: Final = " \N{MIDDLE DOT} "

# The longest word has eight letters.
_WORD_WIDTH: Final = 10
_WORDS_A_LINE: Final = (6, 4, 3, 2)

_GROUP_LENGTH: Final = 4
_GROUPS_A_LINE: Final = (8, 4, 2)

# As much of the key of a log as tells it from others.
_LOG_LENGTH: Final = 8

# Names that somebody had before; of more, the last ones.
_FORMER_MAX: Final = 8


# The frame, and the hint below the text.
_AROUND_LINES: Final = 4
_HEIGHT_PART: Final = 0.9


class WhoisScreen(PanelScreen):
    """For everybody who may be meant by `name`."""

    # Where there is more than fits, the hint stays below.
    CSS = """
    WhoisScreen.-long {
        #panel { height: 90%; }
        VerticalScroll { height: 1fr; max-height: 100%; scrollbar-gutter: stable; }
        &.-low #panel { height: 100%; }
    }
    """

    def __init__(self, name: str, identities: Sequence[Identity]) -> None:
        super().__init__(f"Who is {name}?", _hint(identities))
        self._identities = identities

    def content(self, width: int) -> Content:
        """One after the other."""
        return Content("\n\n").join(Content("\n").join(self._lines(identity, width)) for identity in self._identities)

    def show(self) -> None:
        """Show them, in as much of the screen as they need."""
        super().show()
        height = self.content(self.query_one("#content").size.width).plain.count("\n") + 1
        self.set_class(height + _AROUND_LINES > self.size.height * _HEIGHT_PART, "-long")

    def _lines(self, identity: Identity, width: int) -> Iterator[Content]:
        person, key = identity.person, identity.person.feed.hex()
        yield self._title(identity)
        if not person.is_own:
            yield Content(_whether_here(person, time.time_ns() // 1_000_000))
        if identity.first_seen_ms is not None and identity.last_seen_ms is not None:
            seen = f"first seen {_moment(identity.first_seen_ms)}{_SEPARATOR}last seen {_moment(identity.last_seen_ms)}"
            yield Content(indented(seen, width))
        if len(identity.names) > 1:
            former = ", ".join(identity.names[-_FORMER_MAX - 1 : -1])
            yield Content(indented(f"called {former} before", width))
        if person.is_blocked:
            yield Content(indented("blocked: nothing more of what they say is kept or passed on here", width))
        elif person.is_muted:
            yield Content("muted")
        for feed in identity.feeds:
            if feed in identity.forked:
                yield Content.styled(indented(_conflict(feed), width), "$text-error")
        if len(identity.feeds) > 1:
            logs = ", ".join(feed.hex()[:_LOG_LENGTH] for feed in identity.feeds)
            yield Content(indented(f"has written in several logs, each vouched for by the one before: {logs}", width))
        # These are for reading aloud.
        yield Content()
        words = [f"{word:{_WORD_WIDTH}}" for word in words_of(person.feed)]
        yield from _rows(words, _count_for(_WORDS_A_LINE, _WORD_WIDTH, width), "bold")
        groups = [f"{key[at : at + _GROUP_LENGTH]} " for at in range(0, len(key), _GROUP_LENGTH)]
        yield from _rows(groups, _count_for(_GROUPS_A_LINE, _GROUP_LENGTH + 1, width), _FAINT)

    def _title(self, identity: Identity) -> Content:
        person = identity.person
        checked = f"  {CHECK_SIGN} checked as {identity.checked_as}" if person.is_checked else ""
        return Content.assemble(
            (person.nickname, f"bold {person_colour(person.root or person.feed, dark=self.app.current_theme.dark)}"),
            (person.suffix, _FAINT),
            (" (you)" if person.is_own else "", _FAINT),
            (checked, "$text-success"),
        )


def _hint(identities: Sequence[Identity]) -> str:
    if all(identity.person.is_own for identity in identities):
        return "whoever checks your key compares these words with theirs"
    return "read each other the words, then /verify"


def _whether_here(person: Person, now_ms: int) -> str:
    if person.is_here:
        return "here now"
    if person.last_here_ms is None:
        return "never met: what they said came by way of others"
    return f"last here {time_since(person.last_here_ms, now_ms)}"


def _moment(timestamp_ms: int) -> str:
    moment = local_time(timestamp_ms)
    return f"{moment.day} {moment:%b} {moment.year}, {hour_and_minute(moment)}"


def _conflict(feed: bytes) -> str:
    return (
        f"the log {feed.hex()[:_LOG_LENGTH]} has two histories, both signed: what it had said before they part stays,"
        " and nothing new is taken from it"
    )


def _count_for(counts: Sequence[int], cell_width: int, width: int) -> int:
    return next((count for count in counts if count * cell_width <= width), counts[-1])


def _rows(cells: Sequence[str], count: int, style: str) -> Iterator[Content]:
    for at in range(0, len(cells), count):
        yield Content.styled("".join(cells[at : at + count]).rstrip(), style)

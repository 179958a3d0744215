import re
from collections.abc import Callable

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from multichat.anchoring import anchored
from multichat.model.graphemes import graphemes
from multichat.model.text import sanitise_line, unisolated
from multichat.widgets.wrapping import cells, shorten
from tests.helpers.hostile_texts import HARMLESS

CONSOLE = Console(color_system="truecolor", force_terminal=True)
PIECES = re.compile("\x1b\\[([0-9;?]*)([A-Za-z])|([^\x1b\n]+)")
STALE = "\0"
FRAME = "│people│"
WIDTH = 60
TEXT = Style(color="#ff0000", bgcolor="#000000")
NAME = Style(color="#00ff00", bgcolor="#000000", bold=True)

TEXTS = st.lists(
    st.sampled_from([*HARMLESS, "का", "👨\u200d👩\u200d👧", "🇩🇪", "❤\ufe0f", "👍🏽", " ", "a"]), max_size=6
).map(lambda parts: sanitise_line(" ".join(parts), 200))


def alone(text: str) -> list[tuple[str, int]]:
    """Every code point by itself, as plain terminals take it: vowels beside their letter, families side by side."""
    widths = [(c, 1 if wcwidth.wcwidth(c) == 0 and c in "\u093e\u0940\u094b" else wcwidth.wcwidth(c)) for c in text]
    return [(character, max(width, 0)) for character, width in widths]


def together(text: str) -> list[tuple[str, int]]:
    """What is seen as one character is drawn as one, as wide as its widest part."""
    return [(grapheme, max(max(wcwidth.wcwidth(c), 0) for c in grapheme)) for grapheme in graphemes(text)]


def narrow(text: str) -> list[tuple[str, int]]:
    """No picture is wide, as on a terminal that is older than them."""
    return [(c, 1 if ord(c) > 0x1F000 else max(wcwidth.wcwidth(c), 0)) for c in text]


TERMINALS = [alone, together, narrow]


def drawn(written: str, widths: Callable[[str], list[tuple[str, int]]]) -> list[str]:
    """The cells of a line on which something else stood before; what is wide fills the second cell with nothing."""
    line = [STALE] * 120
    column = 0
    for numbers, final, text in PIECES.findall(written):
        if final == "H":
            column = int(numbers.split(";")[1]) - 1
        elif final == "G":
            column = int(numbers) - 1
        for character, width in widths(unisolated(text)):
            if width:
                line[column : column + width] = [character, *[""] * (width - 1)]
                column += width
            elif column:
                line[column - 1] += character
    return line


def row(name: str, text: str) -> str:
    """A line as Textual writes it: a time, a name, a text and what stands beside it."""
    name = shorten(name, 12)
    parts = [
        Segment("09:00  ", TEXT),
        Segment(name, NAME),
        Segment("  ", TEXT),
        Segment(shorten(text, WIDTH), TEXT),
    ]
    strip = Strip(parts).adjust_cell_length(90, TEXT)
    return f"\x1b[5;1H{strip.render(CONSOLE)}{Strip([Segment(FRAME, NAME)]).render(CONSOLE)}\n\x1b[6;1H"


@pytest.mark.parametrize("widths", TERMINALS)
@given(TEXTS, TEXTS)
def test_the_frame_stands_where_it_should_whatever_the_terminal_makes_of_a_text(
    widths: Callable[[str], list[tuple[str, int]]], name: str, text: str
) -> None:
    line = drawn(anchored(row(name, text)), widths)
    assert "".join(line[90 : 90 + len(FRAME)]) == FRAME
    assert STALE not in "".join(line[:90])
    assert line[98:] == [STALE] * 22


@pytest.mark.parametrize("widths", TERMINALS)
def test_nothing_of_the_text_is_lost(widths: Callable[[str], list[tuple[str, int]]]) -> None:
    for text in HARMLESS:
        shown = sanitise_line(text, 200)
        line = drawn(anchored(row("bob", shown)), widths)
        assert cells(shown) > WIDTH or unisolated(shown) in "".join(line[12:90])


def test_what_is_drawn_alike_everywhere_is_written_as_it_was() -> None:
    for text in ("plain", "Grüße …", "─│╭ ▏"):
        assert anchored(row("bob", text)) == row("bob", text)


def test_what_is_written_before_the_cursor_is_put_anywhere_is_left_alone() -> None:
    assert anchored("👨\u200d👩 x  \x1b[?25l") == "👨\u200d👩 x  \x1b[?25l"


WRITTEN = st.lists(
    st.sampled_from([*"ab  \n", "👍🏽", "\x1b[5;7H", "\x1b[1m", "\x1b[0m", "\x1b]8;;http://x.org\x1b\\", "\x1b[3"])
).map("".join)


@given(WRITTEN)
def test_nothing_but_blanks_and_places_is_added(written: str) -> None:
    added = re.compile("\x1b\\[[0-9]+G|\x1b\\[[01]m| ")
    assert added.sub("", anchored(written)) == added.sub("", written)

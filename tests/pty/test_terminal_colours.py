"""Terminals with few colours, and people who want none."""

import re
from pathlib import Path

import pyte
import pytest
from textual.theme import BUILTIN_THEMES

from tests.helpers.terminal import ALTERNATE_SCREEN, Terminal, Terminals

SIXTEEN = {"TERM": "xterm", "COLORTERM": ""}

# What comes between the escape and the m: colours and attributes.
PAINT = re.compile(rb"\x1b\[([0-9;:]*)m")


def painted(terminal: Terminal) -> set[bytes]:
    """Everything with which text was made to look like something."""
    return set(PAINT.findall(bytes(terminal.raw)))


def of_cells(terminal: Terminal, text: str) -> pyte.screens.Char:
    """How the first character of `text` looks."""
    y = next(number for number, line in enumerate(terminal.lines) if text in line)
    return terminal.cell(terminal.lines[y].index(text), y)


def surface_of(theme: str) -> str:
    """The colour on which the first line stands."""
    return str(BUILTIN_THEMES[theme].surface).removeprefix("#").lower()


@pytest.mark.parametrize("term", ["xterm", "linux", "vt220", ""])
@pytest.mark.parametrize("background", ["15;0", "0;15"], ids=["dark", "light"])
def test_a_terminal_of_sixteen_colours_gets_no_others(terminals: Terminals, term: str, background: str) -> None:
    terminal = terminals.open("alice", changes={**SIXTEEN, "TERM": term, "COLORFGBG": background})
    terminal.wait_for("Write to")
    terminal.say("hello")
    terminal.say("/nosuch")
    terminal.wait_for_line("alice", "hello")
    terminal.wait_for("there is no command /nosuch")
    assert painted(terminal)
    assert not [paint for paint in painted(terminal) if re.search(rb"[34]8[;:]", paint)]


def test_in_sixteen_colours_a_name_has_a_colour_and_an_error_another_than_the_text(terminals: Terminals) -> None:
    terminal = terminals.open("alice", changes=SIXTEEN)
    terminal.wait_for("Write to")
    terminal.say("hello")
    terminal.say("/nosuch")
    terminal.wait_for_line("alice", "hello")
    terminal.wait_for("there is no command")
    y = next(number for number, line in enumerate(terminal.lines) if "hello" in line)
    name = terminal.cell(terminal.lines[y].index("alice"), y).fg
    text, error = of_cells(terminal, "hello").fg, of_cells(terminal, "there is no").fg
    assert text == "brightwhite"
    assert error == "brightred"
    assert name.startswith("bright")
    assert name != text


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"COLORTERM": "truecolor"}, b"8;2;"), ({"COLORTERM": "", "TERM": "xterm-256color"}, b"8;5;")],
    ids=["all", "256"],
)
def test_a_terminal_of_more_colours_gets_what_it_can_show(
    terminals: Terminals, changes: dict[str, str], kind: bytes
) -> None:
    terminal = terminals.open("alice", changes=changes)
    terminal.wait_for("Write to")
    assert {paint[1:5] for paint in painted(terminal) if re.match(rb"[34]8", paint)} == {kind}


def test_who_wants_no_colours_gets_greys_and_an_error_is_bold(terminals: Terminals) -> None:
    terminal = terminals.open("alice", changes={"NO_COLOR": "1"})
    terminal.wait_for("Write to")
    terminal.say("hello")
    terminal.say("/nosuch")
    terminal.wait_for_line("alice", "hello")
    terminal.wait_for("there is no command")
    for paint in painted(terminal):
        for red, green, blue in re.findall(rb"8;2;(\d+);(\d+);(\d+)", paint):
            assert red == green == blue
    assert of_cells(terminal, "there is no").bold
    assert not of_cells(terminal, "hello").bold


def test_what_is_selected_is_reversed_where_no_colours_are_wanted(terminals: Terminals) -> None:
    terminal = terminals.open("alice", changes={"NO_COLOR": "1"})
    terminal.wait_for("Write to")
    terminal.say("hello")
    terminal.wait_for_line("alice", "hello")
    y = next(number for number, line in enumerate(terminal.lines) if "hello" in line)
    x = terminal.lines[y].index("hello")
    # The mouse is pressed on the first letter, moved to the third and let go there.
    for report in (f"0;{x + 1};{y + 1}M", f"32;{x + 4};{y + 1}M", f"0;{x + 4};{y + 1}m"):
        terminal.write(f"\x1b[<{report}".encode())
    terminal.wait_until(lambda: terminal.cell(x, y).reverse, "a selection")
    assert not terminal.cell(x + 4, y).reverse


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, SIXTEEN], ids=["no colours", "sixteen"])
def test_a_message_that_is_looked_at_is_told_by_more_than_a_shade(
    terminals: Terminals, changes: dict[str, str]
) -> None:
    terminal = terminals.open("alice", changes=changes)
    terminal.wait_for("Write to")
    terminal.say("hello")
    terminal.wait_for_line("alice", "hello")
    terminal.say("goodbye")
    terminal.wait_for("\N{WHITE CIRCLE} goodbye")

    def stands_out(text: str) -> bool:
        cell = of_cells(terminal, text)
        return bool(cell.reverse) or cell.bg == "white"

    # Ctrl+Up
    terminal.write(b"\x1b[1;5A")
    terminal.wait_until(lambda: stands_out("goodbye"), "the message to stand out")
    assert not stands_out("hello")
    terminal.write(b"k")
    terminal.wait_until(lambda: stands_out("hello") and not stands_out("goodbye"), "the one before")


def test_a_terminal_that_can_draw_nothing_is_refused_in_a_line(terminals: Terminals) -> None:
    terminal = terminals.open("alice", changes={"TERM": "dumb"})
    assert terminal.wait() == 1
    assert ALTERNATE_SCREEN not in terminal.raw
    (said,) = (line for line in terminal.raw.decode().split("\r\n") if line)
    assert said.startswith("multichat: ")
    assert "--plain" in said


def test_a_theme_chosen_on_the_screen_is_there_at_the_next_start(terminals: Terminals, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('theme = "nord"\n[keys]\n"program.palette" = "f7"\n"program.quit" = "f10"\n')
    terminal = terminals.open("alice", "--config", config)
    terminal.wait_for("Write to")
    assert of_cells(terminal, "alone").bg == surface_of("nord")
    # F7, the palette; F10, the end.
    terminal.write(b"\x1b[18~")
    terminal.wait_for("Search for commands")
    terminal.type("theme")
    terminal.wait_for("choose the colours")
    terminal.press("enter")
    terminal.wait_for("Search for a theme")
    terminal.type("dracula")
    terminal.wait_until(lambda: sum("dracula" in line for line in terminal.lines) == 2, "the theme")
    terminal.press("enter")
    dracula = surface_of("dracula")
    terminal.wait_until(lambda: "alone" in terminal.text and of_cells(terminal, "alone").bg == dracula, "other colours")
    terminal.write(b"\x1b[21~")
    assert terminal.wait() == 0
    assert (terminals.data_dir / "state.json").exists()
    again = terminals.open("alice", "--config", config)
    again.wait_for("Write to")
    assert of_cells(again, "alone").bg == dracula

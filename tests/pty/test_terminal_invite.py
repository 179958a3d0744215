"""The QR code of an invite on a real pseudo-terminal: dark on light, in whatever colours, for whoever has a camera."""

from pathlib import Path

import pyte
import pytest

from multichat.model.invite import Invite
from multichat.model.qr_code import modules_of
from tests.helpers.terminal import Terminal, Terminals

COLUMNS, ROWS = 80, 24
QUIET = 4

# Which half of a cell each character fills, the upper and the lower one.
FILLED = {"▀": (True, False), "▄": (False, True), "█": (True, True)}

DARK_TERMINAL, LIGHT_TERMINAL = {"COLORFGBG": "15;0"}, {"COLORFGBG": "0;15"}
SIXTEEN = {"TERM": "xterm", "COLORTERM": ""}


def _is_dark(colour: str) -> bool:
    """Of a code, where only black and white are of interest, as pyte writes them: a name or six digits."""
    return colour not in {"white", "brightwhite", "ffffff"}


def _seen(terminal: Terminal, *, is_dark: bool) -> list[list[bool]]:
    """Where the screen is dark, in halves of lines; its own background is so as well, or not."""

    def halves(cell: pyte.screens.Char) -> tuple[bool, bool]:
        front = not is_dark if cell.fg == "default" else _is_dark(cell.fg)
        back = is_dark if cell.bg == "default" else _is_dark(cell.bg)
        if cell.reverse:
            front, back = back, front
        upper, lower = FILLED.get(cell.data, (False, False))
        return (front if upper else back), (front if lower else back)

    lines = [[halves(terminal.cell(x, y)) for x in range(COLUMNS)] for y in range(ROWS)]
    return [[cell[half] for cell in line] for line in lines for half in (0, 1)]


def _code(invite: Invite) -> list[list[bool]]:
    """What a camera is to see, with the light margin around it."""
    modules = modules_of(invite.address, invite.letters)
    side, width = [False] * QUIET, len(modules) + 2 * QUIET
    return [*[[False] * width] * QUIET, *([*side, *row, *side] for row in modules), *[[False] * width] * QUIET]


def _is_in(screen: list[list[bool]], code: list[list[bool]]) -> bool:
    size = len(code)
    return any(
        all(screen[y + row][x : x + size] == code[row] for row in range(size))
        for y in range(2 * ROWS - size + 1)
        for x in range(COLUMNS - size + 1)
    )


@pytest.mark.parametrize("background", [DARK_TERMINAL, LIGHT_TERMINAL], ids=["dark", "light"])
@pytest.mark.parametrize("changes", [{}, SIXTEEN, {"NO_COLOR": "1"}], ids=["all colours", "sixteen", "none"])
@pytest.mark.parametrize("theme", ["own", "ansi"])
def test_the_code_is_dark_on_light(
    terminals: Terminals, tmp_path: Path, background: dict[str, str], changes: dict[str, str], theme: str
) -> None:
    invite = Invite("garden", bytes(range(32)))
    terminals.room = invite.text
    is_dark = background is DARK_TERMINAL
    options: list[str | Path] = []
    if theme == "ansi":
        config = tmp_path / "config.toml"
        config.write_text(f'theme = "ansi-{"dark" if is_dark else "light"}"\n')
        options = ["--config", config]
    terminal = terminals.open("alice", *options, columns=COLUMNS, rows=ROWS, changes={**background, **changes})
    terminal.wait_for("by invitation", "Write to")
    terminal.say("/invite")
    terminal.wait_for("How others join", invite.address)
    code = _code(invite)
    terminal.wait_until(lambda: _is_in(_seen(terminal, is_dark=is_dark), code), "the code, dark on light")

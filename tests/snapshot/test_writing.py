"""The composer and what stands above it, on a small and an ordinary screen, dark and light."""

from collections.abc import Callable

import pytest
from textual import events
from textual.pilot import Pilot

from multichat.model.text import sanitise_line
from multichat.themes import DARK, LIGHT
from tests.helpers.writing import WritingApp

SnapCompare = Callable[..., bool]

sizes = pytest.mark.parametrize("size", [(40, 12), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])

NICKNAMES = [
    sanitise_line(nickname, 32)
    for nickname in (
        "bob",
        "caroline-with-a-very-long-name-x",
        "山田太郎",
        "דוד",
        "[red]eve[/]",
        "👨‍👩‍👧‍👦 family",
        *(f"guest {number}" for number in range(34)),
    )
]


@sizes
@themes
def test_commands(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(WritingApp(theme=theme), terminal_size=size, press=["/"])


@sizes
@themes
def test_the_usage_of_a_command(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(WritingApp(theme=theme), terminal_size=size, press=[*"/connect 192"])


@sizes
@themes
def test_nicknames(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    app = WritingApp(NICKNAMES, theme=theme)
    assert snap_compare(app, terminal_size=size, press=[*"hey @", "down", "down", "down"])


@sizes
@themes
def test_emoji_one_of_them_taken(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    app = WritingApp(theme=theme)
    assert snap_compare(app, terminal_size=size, press=[*"fine :hear", "tab", "tab"])


@sizes
@themes
def test_a_large_paste(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    app = WritingApp(theme=theme)

    async def paste(pilot: Pilot[None]) -> None:
        await pilot.press(*"look: ")
        app.post_message(events.Paste("\n".join(f"line {number}" for number in range(57))))
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=paste)


@sizes
@themes
def test_above_a_box_that_has_grown(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    app = WritingApp(NICKNAMES, theme=theme)
    keys = [*"one", "ctrl+j", *"two", "ctrl+j", *"three", "ctrl+j", *"four", "ctrl+j", *"and @"]
    assert snap_compare(app, terminal_size=size, press=keys)

"""The list of people as it looks: dark and light, narrow and wide, few and many."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from multichat.model.people import Person, in_order
from multichat.themes import DARK, LIGHT
from multichat.widgets.people_panel import PeoplePanel
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, person

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS

SnapCompare = Callable[..., bool]

themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _gone(nickname: str, ago_ms: int) -> Person:
    return person(nickname, NINE_O_CLOCK_MS - ago_ms, is_here=False)


def _people() -> tuple[Person, ...]:
    return in_order(
        [
            replace(person("alice"), is_own=True),
            person("bob"),
            person("caroline-with-a-very-long-name"),
            person("[b]山田太郎[/b]山田太郎山田太郎山田太郎"),
            person("seed", is_seed=True),
            _gone("dave", 10_000),
            _gone("eve", 5 * 60_000),
            _gone("דוד", 2 * _HOUR_MS),
            _gone("frederick-with-a-long-name", _DAY_MS),
            _gone("山田太郎山田太郎山田太郎", 40 * _DAY_MS),
            _gone("grace", 400 * _DAY_MS),
            person("heidi", is_here=False),
        ]
    )


class _PanelApp(App[None]):
    def __init__(self, people: Sequence[Person], theme: str) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self._shown = people
        self.panel = PeoplePanel()

    def compose(self) -> ComposeResult:
        yield self.panel

    def on_mount(self) -> None:
        self.panel.set_people(self._shown, NINE_O_CLOCK_MS)


@themes
def test_everyone(snap_compare: SnapCompare, theme: str) -> None:
    assert snap_compare(_PanelApp(_people(), theme), terminal_size=(30, 14))


def test_a_narrow_list(snap_compare: SnapCompare) -> None:
    app = _PanelApp(_people(), DARK.name)
    app.panel.styles.width = 24
    assert snap_compare(app, terminal_size=(24, 14))


@themes
def test_a_thousand_people_in_the_middle(snap_compare: SnapCompare, theme: str) -> None:
    app = _PanelApp([person(f"person {number:04}") for number in range(1000)], theme)

    async def scroll(pilot: Pilot[None]) -> None:
        await pilot.pause()
        app.panel.scroll_to(y=500, animate=False)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(30, 10), run_before=scroll)


@themes
def test_those_whom_one_does_not_hear(snap_compare: SnapCompare, theme: str) -> None:
    people = [
        person("alice"),
        replace(person("bob"), is_muted=True),
        replace(person("caroline-with-a-very-long-name"), is_blocked=True),
        replace(_gone("dave", _HOUR_MS), is_muted=True, is_blocked=True),
        _gone("eve", _HOUR_MS),
    ]
    assert snap_compare(_PanelApp(people, theme), terminal_size=(30, 6))

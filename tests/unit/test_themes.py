"""Themes: what can be read in them, which are offered, and that a choice is kept."""

import json
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES, Theme

from multichat.app import MultichatApp
from multichat.errors import UsageError
from multichat.settings import Settings
from multichat.themes import DARK, FAINT, LIGHT, OWN, THEME_NAMES, ThemeChoice, offered_themes
from multichat.themes.few_colours import FewColours
from multichat.widgets.colours import person_colour
from tests.helpers.fake_conversation import FakeConversation, feed_of
from tests.helpers.screen import noticed, settle, wait_for
from tests.helpers.settled import open_app_with
from tests.unit.test_colours import contrast

FEEDS = [feed_of(f"person {number}") for number in range(500)]

# As much of the primary colour is in what a message that is looked at stands on.
CHOSEN = 0.2

# But for those made of the terminal's own colours.
EVERY_THEME = [theme for theme in (*OWN, *BUILTIN_THEMES.values()) if not theme.ansi]

own_themes = pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)


def variables(theme: Theme) -> dict[str, str]:
    """The colours that stylesheets name."""
    return {**theme.to_color_system().generate(), **theme.variables}


@own_themes
@pytest.mark.parametrize("surface", ["background", "surface"])
def test_every_name_can_be_read_in_our_own_themes(theme: Theme, surface: str) -> None:
    background = Color.parse(variables(theme)[surface])
    assert min(contrast(person_colour(feed, dark=theme.dark), background.hex) for feed in FEEDS) >= 4.5


@own_themes
@pytest.mark.parametrize("name", ["primary", "text-warning", "text-error", "text-success"])
def test_every_colour_that_says_something_can_be_read(theme: Theme, name: str) -> None:
    colours = variables(theme)
    for surface in ("background", "surface"):
        assert contrast(Color.parse(colours[name]).hex, Color.parse(colours[surface]).hex) >= 4.5


@own_themes
def test_selected_text_can_be_read(theme: Theme) -> None:
    background = Color.parse(variables(theme)["background"])
    selected = background + Color.parse(variables(theme)["screen-selection-background"])
    assert contrast(Color.parse(variables(theme)["foreground"]).hex, selected.hex) >= 4.5


def test_ours_are_offered_first_and_none_twice() -> None:
    offered = offered_themes()
    assert offered[:2] == [DARK.name, LIGHT.name]
    assert len(offered) == len(set(offered))
    assert set(offered) == THEME_NAMES - FAINT


# --- the choice ---


def program(pilot: Pilot[int]) -> MultichatApp:
    assert isinstance(pilot.app, MultichatApp)
    return pilot.app


def test_a_choice_is_there_again(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    assert ThemeChoice(directory).load() is None
    ThemeChoice(directory).save("nord")
    ThemeChoice(directory).save("dracula")
    assert ThemeChoice(directory).load() == "dracula"
    assert [path.name for path in directory.iterdir()] == ["state.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"theme": 3}', b"\xff", b"[" * 100_000, b'{"theme": "nord"'])
def test_a_damaged_choice_is_none_and_can_be_made_again(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "state.json").write_bytes(data)
    assert ThemeChoice(tmp_path).load() is None
    ThemeChoice(tmp_path).save("nord")
    assert ThemeChoice(tmp_path).load() == "nord"


def test_what_else_is_kept_there_stays(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"later": 1}')
    ThemeChoice(tmp_path).save("nord")
    assert json.loads((tmp_path / "state.json").read_text()) == {"later": 1, "theme": "nord"}


async def test_what_was_chosen_comes_before_the_config_and_the_config_before_the_terminal(tmp_path: Path) -> None:
    async with open_app_with(FakeConversation()) as pilot:
        assert pilot.app.theme == DARK.name
    settings = Settings(theme="nord")
    async with open_app_with(FakeConversation(), settings, ThemeChoice(tmp_path)) as pilot:
        assert pilot.app.theme == "nord"
    ThemeChoice(tmp_path).save("dracula")
    async with open_app_with(FakeConversation(), settings, ThemeChoice(tmp_path)) as pilot:
        assert pilot.app.theme == "dracula"
    ThemeChoice(tmp_path).save("a theme of a later version")
    async with open_app_with(FakeConversation(), settings, ThemeChoice(tmp_path)) as pilot:
        assert pilot.app.theme == "nord"


async def test_a_theme_taken_by_name_is_kept_and_one_that_there_is_not_is_refused(tmp_path: Path) -> None:
    async with open_app_with(FakeConversation(), None, ThemeChoice(tmp_path)) as pilot:
        program(pilot).choose_theme("solarized-light")
        assert pilot.app.theme == "solarized-light"
        with pytest.raises(UsageError, match=r"is it solarized-light\?"):
            program(pilot).choose_theme("solarised-light")
        assert ThemeChoice(tmp_path).load() == "solarized-light"


async def test_a_theme_chosen_from_the_list_is_kept(tmp_path: Path) -> None:
    async with open_app_with(FakeConversation(), None, ThemeChoice(tmp_path)) as pilot:
        program(pilot).choose_theme()
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*"gruvbox")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        await pilot.press("enter")
        await wait_for(pilot, lambda: pilot.app.theme == "gruvbox")
        assert ThemeChoice(tmp_path).load() == "gruvbox"


async def test_a_choice_that_cannot_be_kept_is_taken_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with open_app_with(FakeConversation(), None, ThemeChoice(tmp_path / "file")) as pilot:
        program(pilot).choose_theme("nord")
        assert pilot.app.theme == "nord"
        await settle(pilot)
        assert "cannot be kept" in noticed(pilot)


# --- sixteen colours ---


def in_few(theme: Theme, front: str, back: str = "", around: str = "") -> tuple[int | None, int | None]:
    """The numbers of the colours in which something is written on a widget of the colour `around`."""
    background = Color.parse(around or str(theme.background))
    style = Style(color=RichColor.parse(front), bgcolor=RichColor.parse(back or background.hex.lower()))
    (segment,) = FewColours(dark=theme.dark).apply([Segment("x", style)], background)
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    return segment.style.color.number, segment.style.bgcolor.number


@own_themes
def test_in_sixteen_colours_names_differ_and_errors_differ_from_notices(theme: Theme) -> None:
    names = {in_few(theme, person_colour(feed, dark=theme.dark)) for feed in FEEDS}
    assert len(names) >= 3
    colours = {
        name: Color.parse(value).hex.lower()
        for name, value in variables(theme).items()
        if name in {"text-error", "text-warning"}
    }
    assert in_few(theme, colours["text-error"]) != in_few(theme, colours["text-warning"])


@own_themes
def test_in_sixteen_colours_text_has_the_greatest_contrast_and_only_what_is_selected_is_reversed(theme: Theme) -> None:
    text, bright = str(theme.foreground), 15
    assert in_few(theme, text) == ((bright, 0) if theme.dark else (0, bright))
    assert in_few(theme, text, str(theme.surface)) == in_few(theme, text)
    assert in_few(theme, text, str(theme.primary)) == ((0, 7) if theme.dark else (bright, 0))


@pytest.mark.parametrize("theme", EVERY_THEME, ids=lambda theme: theme.name)
def test_in_sixteen_colours_what_is_looked_at_is_reversed_in_every_theme_and_a_surface_is_not(theme: Theme) -> None:
    colours = variables(theme)
    background = Color.parse(colours["background"])
    looked_at = background.blend(Color.parse(colours["primary"]), CHOSEN, alpha=1)
    front, back = in_few(theme, Color.parse(colours["foreground"]).hex.lower(), looked_at.hex.lower(), background.hex)
    assert (front, back) == ((0, 7) if theme.dark else (15, 0))
    for surface in (Color.parse(colours[name]).hex for name in ("surface", "panel")):
        assert in_few(theme, colours["foreground"].lower(), surface.lower(), surface) != (front, back)


@own_themes
def test_in_sixteen_colours_nothing_is_written_in_the_colour_it_stands_on(theme: Theme) -> None:
    for grey in range(0, 256, 5):
        front, back = in_few(theme, f"#{grey:02x}{grey:02x}{grey:02x}")
        assert front != back


def test_the_terminals_own_colours_are_left_to_it() -> None:
    style = Style(color=RichColor.default(), bgcolor=RichColor.default(), bold=True)
    (segment,) = FewColours(dark=True).apply([Segment("x", style)], Color.parse("ansi_default"))
    assert segment.style == style

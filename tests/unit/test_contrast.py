"""What can be read in each theme, measured on what is painted: WCAG asks for 4.5 of text, and for 3 of what is not."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES, Theme

from multichat.model.finding import Finding
from multichat.model.message import Message
from multichat.themes import FAINT, OWN
from multichat.widgets.colours import person_colour
from multichat.widgets.status_line import StatusLine
from multichat.widgets.welcome import Welcome
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.screen import MINUTE_MS, composer, open_app, settle, timeline
from tests.helpers.screen import talk as a_talk
from tests.unit.test_colours import contrast

TEXT: Final = 4.5
BESIDE: Final = 3.0

# Those made of the terminal's own colours are whatever the terminal makes of them.
THEMES: Final = {theme.name: theme for theme in (*OWN, *BUILTIN_THEMES.values()) if not theme.ansi}
FEEDS: Final = [feed_of(f"person {number}") for number in range(500)]

# All that is written on these screens and is not beside something else.
TEXTS: Final = (
    "garden",
    "2 people here",
    "message 2",
    "@alice",
    "see you",
    "late",
    "new since",
    "1 earlier message",
    "1 new below",
    "Copied.",
    "This cannot be sent",
    "/help",
    "Nobody else",
    "4 beacons sent",
    "/connect HOST",
    "what is written",
)

LAST_LINES: Final = (("bob", "call @alice", 31), ("alice", "see you", 32), ("alice", "see you all", 33))

SURROUNDINGS: Final = " \N{BOX DRAWINGS LIGHT HORIZONTAL}"

Scene = Callable[[Pilot[int], FakeConversation], Awaitable[None]]


def spoken(nickname: str, text: str, minute: int) -> Message:
    return said(nickname, text, NINE_O_CLOCK_MS + minute * MINUTE_MS, minute)


def talk() -> FakeConversation:
    conversation = FakeConversation([*a_talk(30), *(spoken(*line) for line in LAST_LINES)], name="garden")
    conversation.know(person("bob"), person("carol"), person("dave", NINE_O_CLOCK_MS, is_here=False))
    conversation.deliver(conversation.history.messages[-1], person("bob"))
    conversation.change_desk(last_read=conversation.history.messages[-3].position)
    return conversation


async def look_at_a_message(pilot: Pilot[int], conversation: FakeConversation) -> None:
    conversation.receive(said("carol", "late", NINE_O_CLOCK_MS + 30 * MINUTE_MS, 1))
    await settle(pilot)
    await pilot.press("ctrl+up", "up")
    assert timeline(pilot).chosen is not None


async def scroll_up_and_write(pilot: Pilot[int], conversation: FakeConversation) -> None:
    await pilot.press("pageup")
    conversation.receive(said("carol", "late", NINE_O_CLOCK_MS + 5 * MINUTE_MS, 1))
    conversation.receive(said("carol", "newest", NINE_O_CLOCK_MS + 50 * MINUTE_MS, 2))
    conversation.catch_up(20_000)
    pilot.app.screen.query_one(StatusLine).show_notice("Copied.")
    await pilot.press("/", "h")


async def make_a_mistake(pilot: Pilot[int], _: FakeConversation) -> None:
    composer(pilot).insert("what is written")
    pilot.app.screen.query_one(StatusLine).show_error("This cannot be sent.")


async def be_alone(pilot: Pilot[int], conversation: FakeConversation) -> None:
    conversation.findings = [Finding("network", "eth0", facts={"interface": "eth0", "address": "10.0.0.1", "sent": 4})]
    pilot.app.screen.query_one(Welcome).look()


async def have_nothing_written(pilot: Pilot[int], _: FakeConversation) -> None:
    await settle(pilot)


SCENES: Final[list[tuple[Scene, Callable[[], FakeConversation]]]] = [
    (look_at_a_message, talk),
    (scroll_up_and_write, talk),
    (make_a_mistake, talk),
    (have_nothing_written, talk),
    (be_alone, lambda: FakeConversation(name="garden")),
]


def painted(pilot: Pilot[int]) -> Iterator[Segment]:
    """What stands on the screen, but for spaces."""
    for strips in pilot.app.screen._compositor.render_full_update().strips:
        for strip in strips:
            yield from (segment for segment in strip if segment.text.strip())


def faint(pilot: Pilot[int]) -> list[str]:
    """What of it cannot be read well."""
    found = []
    for text, style, _ in painted(pilot):
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        front, back = style.color.triplet, style.bgcolor.triplet
        assert front is not None
        assert back is not None
        if style.reverse:
            front, back = back, front
        measured = contrast(front.hex, back.hex)
        if measured < (TEXT if text.strip(SURROUNDINGS).startswith(TEXTS) else BESIDE):
            found.append(f"{text.strip()!r} {measured:.2f}")
    return found


def faint_names(theme: Theme) -> list[str]:
    colours = {**theme.to_color_system().generate(), **theme.variables}
    chosen = Color.parse(colours["background"]).blend(Color.parse(colours["primary"]), 0.2, alpha=1)
    # In the first line, and among the people, a name stands beside what one reads.
    places = [(Color.parse(colours["background"]), TEXT), (Color.parse(colours["surface"]), BESIDE), (chosen, BESIDE)]
    names = {person_colour(feed, dark=theme.dark) for feed in FEEDS}
    return [name for name in names for place, least in places if contrast(name, place.hex) < least]


@pytest.mark.timeout(180)
async def test_all_is_readable_in_every_theme_that_is_offered_and_in_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # What arrived late stays marked, however long this takes.
    monkeypatch.setattr("multichat.widgets.timeline_view._LATE_SEEN_AFTER_S", 1_000.0)
    found: dict[str, list[str]] = {name: faint_names(theme) for name, theme in THEMES.items()}
    seen = ""
    for act, make in SCENES:
        conversation = make()
        async with open_app(conversation, (140, 30)) as pilot:
            await act(pilot, conversation)
            for name in THEMES:
                pilot.app.theme = name
                await pilot.pause()
                found[name] += faint(pilot)
            seen += " ".join(segment.text for segment in painted(pilot))
    assert {name for name, what in found.items() if what} == FAINT, {name: what[:9] for name, what in found.items()}
    assert [text for text in TEXTS if text not in seen] == []

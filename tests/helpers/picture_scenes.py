"""What is drawn: the states of the program that one meets, each of it real, with the same words in every run.

Owns who says what, and at which moment a picture is made.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from textual.pilot import Pilot

from multichat.follower import Follower
from multichat.model.record import Record
from multichat.screens.search import SearchScreen
from multichat.themes import DARK, LIGHT
from tests.helpers.drawing import drawn
from tests.helpers.picture_world import PictureRoom, World, key_pair_of, world
from tests.helpers.screen import composer, noticed
from tests.helpers.swarms import until

# Pictures by their names, each as it is made.
Pictures = AsyncIterator[tuple[str, str]]

_TITLE: Final = "multichat"

_SIZE: Final = (96, 26)
_NARROW: Final = (44, 24)
_WIDE: Final = (124, 26)
_SMALL: Final = (80, 24)
_LOW: Final = (80, 16)

_YESTERDAY: Final = 23

_DOES: Final = "/me "

# Hour, minute, who, what.
_EVENING: Final = (
    (18, 40, "bob", "Good evening. The projector in the small hall is back from repair."),
    (18, 41, "dave", "At last! I'll test it tomorrow, first thing."),
    (18, 44, "alice", "Thank you, both of you."),
)
_MORNING: Final = (
    (9, 12, "bob", "Anybody here already? The room upstairs has no wifi, but this works 🎉"),
    (9, 15, "carol", "Yes. I was on the train and just got everything you wrote since yesterday."),
    (9, 16, "alice", "Good. The talk starts at 10:00 in the small hall.\nBring the adapter, please: theirs is broken."),
    (9, 18, "bob", "Will do, @alice. The slides: https://example.org/talks/append-only-logs"),
    (9, 19, "carol", "日本語も大丈夫ですね。"),
    (9, 20, "alice", "もちろん。 [b]Nothing[/b] you write is taken for markup, either."),
    (9, 27, "bob", "The adapter is not where it was. I'll ask downstairs."),
    (9, 28, "carol", "/me makes coffee for everybody"),
    (9, 29, "alice", "We still have half an hour."),
)
_IMPOSTOR: Final = "a second bob"

_ON_THE_TRAM: Final = (
    (9, 21, "dave", "No network on the tram, so this comes late: the adapter is in my bag."),
    (9, 22, "dave", "The projector has to wait until I am there."),
)


async def pictures() -> Pictures:
    """All of them."""
    for scene in (_a_morning, _an_invitation, _alone, _a_long_history):
        async for picture in scene():
            yield picture


async def _a_morning() -> Pictures:
    async with world("workshop") as here:
        await _speak_of_yesterday(here)
        async with here.look("alice", _SIZE) as pilot:
            yield "conversation", _drawn(pilot)
            pilot.app.theme = LIGHT.name
            yield "light", await _settled(here, pilot)
            pilot.app.theme = DARK.name
            await pilot.resize_terminal(*_NARROW)
            yield "narrow", await _settled(here, pilot)
            await pilot.resize_terminal(*_WIDE)
            yield "people", await _settled(here, pilot)
            await pilot.resize_terminal(*_SIZE)
            here.at(9, 31)
            await here.enter("dave")
            yield "late", await _settled(here, pilot)
            await pilot.press("f3", *"adapter")
            await search_is_over(pilot)
            yield "search", await _settled(here, pilot)
            # Back to the conversation, and from one message that came late to the next, until none is left.
            await pilot.press("escape", *["f4"] * (len(_ON_THE_TRAM) + 1), "escape")
            async for picture in _two_of_one_name(here, pilot):
                yield picture


async def _speak_of_yesterday(here: World) -> None:
    """What was said before the first picture, and by somebody who was away."""
    here.at(18, 40, day=_YESTERDAY)
    for nickname in ("alice", "bob", "carol", "dave"):
        await here.enter(nickname)
    for hour, minute, nickname, text in _EVENING:
        here.at(hour, minute, day=_YESTERDAY)
        here.say(nickname, text)
    await here.leave("dave")
    for hour, minute, nickname, text in _MORNING:
        here.at(hour, minute)
        here.say(nickname, text.removeprefix(_DOES), is_action=text.startswith(_DOES))
    await here.leave("alice")
    for hour, minute, nickname, text in _ON_THE_TRAM:
        here.at(hour, minute)
        await here.say_alone(nickname, text)
    here.at(9, 30)


async def _two_of_one_name(here: World, pilot: Pilot[int]) -> Pictures:
    """Somebody calls himself like one whose key has been checked."""
    await _write(pilot, "/verify bob")
    here.at(9, 33)
    await here.enter("bob", owner=_IMPOSTOR)
    here.say(_IMPOSTOR, "It is Bob. Can somebody send me the key of the cellar?")
    here.at(9, 34)
    here.say("bob", "That is not me.")
    here.at(9, 35)
    here.say("alice", "I see: your name has the check mark.")
    await until(lambda: "look alike" in noticed(pilot))
    yield "names", await _settled(here, pilot)
    await _write(pilot, "/whois bob")
    yield "whois", await _settled(here, pilot)


async def _an_invitation() -> Pictures:
    async with world("shed", is_by_invitation=True) as here, here.look("alice", _SIZE) as pilot:
        await _write(pilot, "/invite")
        yield "invite", await _settled(here, pilot)


async def _alone() -> Pictures:
    async with world("garden") as here, here.look("alice", _SMALL) as pilot:
        yield "alone", _drawn(pilot)


async def _a_long_history() -> Pictures:
    """An old room of which there is no timeline, as after it was copied from another machine without one."""
    async with world("workshop") as here:
        with here.store("alice") as multi:
            bob = multi.writer("bob", key_pair=key_pair_of("bob"))
            bob.extend([Record("bob", f"message {number}", here.now_ms + number).value() for number in range(_LONG)])
        async with here.look("alice", _LOW, room_type=_SlowRoom) as pilot:
            await until(lambda: here.rooms["alice"].unread <= _LONG / 2)
            yield "opening", await _settled(here, pilot)


# Of messages.
_LONG: Final = 9_000


class _SlowFollower(Follower):
    """Puts the history in order in steps of one length, on machines of any speed, and is looked at halfway."""

    def _read_on(self, length_s: float) -> bool:  # noqa: ARG002 (as a follower declares it)
        return self._timeline.advance() is not None

    async def read_history(self, tell: Callable[[int], None]) -> None:
        while self._timeline.unread > _LONG / 2:
            self._timeline.advance()
            tell(self._timeline.unread)
        await asyncio.Event().wait()


class _SlowRoom(PictureRoom):
    """Takes its time."""

    def _make_follower(self) -> Follower:
        return _SlowFollower(self._timeline, self._follower_callbacks())


async def search_is_over(pilot: Pilot[int]) -> None:
    """Wait until the search has looked through all that was said."""
    screen = pilot.app.screen
    assert isinstance(screen, SearchScreen)
    await until(lambda: screen._reading is None)


async def _write(pilot: Pilot[int], text: str) -> None:
    """What is written at once, and sent."""
    composer(pilot).insert(text)
    await pilot.press("enter")


async def _settled(here: World, pilot: Pilot[int]) -> str:
    await here.settle(pilot)
    return _drawn(pilot)


def _drawn(pilot: Pilot[int]) -> str:
    return drawn(pilot.app, _TITLE)

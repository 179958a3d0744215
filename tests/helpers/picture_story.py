"""What the moving picture tells, in about fourteen seconds: somebody is alone, others come, and one was late.

Owns what happens, and for how long one looks at it.
"""

from typing import Final

from textual.pilot import Pilot

from tests.helpers.drawing import rows_of
from tests.helpers.moving_picture import Frame, moving
from tests.helpers.picture_scenes import search_is_over
from tests.helpers.picture_world import World, world
from tests.helpers.screen import settle

_SIZE: Final = (80, 20)

# Whoever types knows what.
_KEY_MS: Final = 60


class _Film:
    """The frames of a screen that have been taken."""

    def __init__(self, here: World, pilot: Pilot[int]) -> None:
        self.frames: list[Frame] = []
        self._here = here
        self._pilot = pilot

    async def show(self, length_ms: int) -> None:
        """For so long, what has come of everything."""
        await self._here.settle(self._pilot)
        self._take(length_ms)

    async def type(self, text: str) -> None:
        """Letter by letter."""
        for letter in text:
            await self._pilot.press(letter)
            await settle(self._pilot)
            self._take(_KEY_MS)

    def _take(self, length_ms: int) -> None:
        self.frames.append(Frame(rows_of(self._pilot.app), length_ms))


async def talk() -> str:
    """The moving picture."""
    async with world("workshop") as here:
        here.at(9, 24)
        async with here.look("alice", _SIZE) as pilot:
            film = _Film(here, pilot)
            await film.show(1800)
            here.at(9, 25)
            await film.type("Who has the adapter?")
            await pilot.press("enter")
            await film.show(1000)
            here.at(9, 26)
            await here.say_alone("carol", "I have the adapter. No network here: this comes late.")
            here.at(9, 27)
            await here.enter("bob")
            await film.show(900)
            here.say("bob", "Not me. I'll ask downstairs.")
            await film.show(1200)
            here.at(9, 28)
            await film.type("Thanks!")
            await pilot.press("enter")
            await film.show(1000)
            here.at(9, 31)
            await here.enter("carol")
            await film.show(2600)
            still = film.frames[-1].rows
            await pilot.press("f3")
            await search_is_over(pilot)
            await film.show(600)
            await film.type("adapter")
            await film.show(2600)
            return moving(pilot.app, "multichat", film.frames, still)

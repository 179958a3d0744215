"""The first start: what one is asked, and what one is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.keys import KeyTable
from multichat.settings import Settings
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import settle

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]


@asynccontextmanager
async def first_start(
    size: tuple[int, int] = (80, 24), chosen: dict[str, tuple[str, ...]] | None = None
) -> AsyncIterator[Pilot[int]]:
    settings = Settings(keys=KeyTable(chosen or {}))
    app = MultichatApp(lambda _: FakeConversation(), None, "carol", settings=settings)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


def read(pilot: Pilot[int]) -> str:
    """What stands on the screen."""
    strips = pilot.app.screen._compositor.render_full_update().strips
    return "\n".join("".join(strip.text for strip in line) for line in strips)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_size_shows_the_question_what_is_proposed_and_what_to_do(size: tuple[int, int]) -> None:
    async with first_start(size) as pilot:
        await pilot.press("backspace", "enter")
        await settle(pilot)
        for part in ("What do people call you?", "at least one character", "/nick", "Enter goes on · Ctrl+Q quits"):
            assert part in read(pilot)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [(("f10",), "Enter goes on · F10 quits"), (("ctrl+x", "f10"), "Enter goes on · F10 quits"), ((), "Enter goes on")],
    ids=["another", "several", "none"],
)
async def test_the_key_that_quits_is_called_as_the_user_has_it(chosen: tuple[str, ...], told: str) -> None:
    async with first_start(chosen={"program.quit": chosen}) as pilot:
        lines = [line.strip() for line in read(pilot).splitlines()]
        assert told in lines
        assert "Ctrl+Q" not in read(pilot)
        if chosen:
            await pilot.press(chosen[0])
            assert pilot.app._exit

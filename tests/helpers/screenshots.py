"""`python -m tests.helpers.screenshots`: pictures of a real conversation, into screenshots/.

Three people in rooms of their own, on loopback; one of them looks at the screen. What is drawn is
what they said.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from multichat.app import MultichatApp
from multichat.profile import RoomOptions
from multichat.room import Room
from multichat.themes import LIGHT
from multifeed.net.options import SwarmOptions
from tests.helpers.swarms import until

_FOLDER: Final = Path(__file__).parents[2] / "screenshots"

_PICTURES: Final = (
    ("conversation", (96, 26), None),
    ("light", (96, 26), LIGHT.name),
    ("narrow", (44, 20), None),
)

_CONVERSATION: Final = (
    ("bob", "Anybody here already? The room upstairs has no wifi, but this works 🎉"),
    ("carol", "Yes. I was on the train and just got everything you wrote since this morning."),
    ("alice", "Good. The talk starts at 10:00 in the small hall.\nBring the adapter, please: theirs is broken."),
    ("bob", "Will do. Here are the slides: https://example.org/talks/append-only-logs"),
    ("carol", "日本語も大丈夫ですね。"),
    ("alice", "もちろん。 [b]Nothing[/b] you write is taken for markup, either."),
    ("bob", "See you there."),
)


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        options = RoomOptions(Path(directory), "workshop", swarm=SwarmOptions(interfaces=("lo",)))
        await _draw("alone", Room(options, "alice"), (80, 24), lambda _: True)
        await _draw_conversation(options)


async def _draw_conversation(options: RoomOptions) -> None:
    rooms = {nickname: Room(options, nickname) for nickname in ("alice", "bob", "carol")}
    others = [rooms["bob"], rooms["carol"]]
    for room in others:
        await room.start()
    await rooms["alice"].start()
    await until(lambda: all(room.people == 2 for room in rooms.values()))
    for count, (nickname, text) in enumerate(_CONVERSATION, 1):
        rooms[nickname].send(text)
        await until(lambda: all(len(room.history.after(None, 100)) == count for room in rooms.values()))  # noqa: B023 (called at once)
    await rooms["alice"].close()
    for name, size, theme in _PICTURES:
        await _draw(name, Room(options, "alice"), size, lambda room: room.people == 2, theme)
    for room in others:
        await room.close()


async def _draw(
    name: str, room: Room, size: tuple[int, int], is_ready: Callable[[Room], bool], theme: str | None = None
) -> None:
    app = MultichatApp(lambda _: room, "alice", "alice")
    async with app.run_test(size=size) as pilot:
        if theme is not None:
            app.theme = theme
        await until(lambda: is_ready(room))
        await pilot.pause(0.2)
        (_FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="multichat"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

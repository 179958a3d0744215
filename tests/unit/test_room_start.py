"""A room between the moment it is open on this disk and the one in which people are looked for."""

import asyncio
from pathlib import Path

from multichat.model.conversation import Arrived, Event
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed.net.options import SwarmOptions


async def test_what_is_said_before_anybody_is_looked_for_is_shown(tmp_path: Path) -> None:
    options = RoomOptions(tmp_path, "garden", swarm=SwarmOptions(port=0, interfaces=("lo",), discovery=False))
    room = Room(options, "alice")
    events: list[Event] = []
    room.listen(events.append)
    message = room.send("quick")
    await room.start()
    async with asyncio.timeout(10):
        while not any(isinstance(event, Arrived) for event in events):  # noqa: ASYNC110 (what is told is in a list)
            await asyncio.sleep(0)
    await room.close()
    arrived = [event for event in events if isinstance(event, Arrived)]
    assert [said.position for event in arrived for said in event.messages] == [message.position]

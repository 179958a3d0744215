"""A room whose own log the disk loses while it is open: one goes on in another, and what was said comes back."""

import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

from multichat.model.conversation import Event, Notice
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed.net.options import SwarmOptions
from tests.helpers.program import new_room
from tests.helpers.swarms import until


def _texts(room: Room) -> list[str]:
    return [message.text for message in room.history.after(None, 100)]


async def test_what_one_says_after_ones_log_is_lost_is_kept_and_the_lost_comes_back(tmp_path: Path) -> None:
    options = RoomOptions(tmp_path, new_room(), swarm=SwarmOptions(interfaces=("lo",)))
    async with AsyncExitStack() as stack:
        alice, bob = Room(options, "alice"), Room(options, "bob")
        heard: list[Event] = []
        alice.listen(heard.append)
        for room in (alice, bob):
            stack.push_async_callback(room.close)
            await room.start()
        await until(lambda: alice.people == bob.people == 1)
        for text in ("one", "two", "three"):
            alice.send(text)
        await until(lambda: _texts(bob) == ["one", "two", "three"])
        first = alice.own_feed
        # Written now, it is what an audit reads.
        alice._multi.writer("local").write_head()
        with closing(sqlite3.connect(options.directory("alice") / "room.sqlite")) as connection, connection:
            connection.execute("UPDATE feeds SET signature = zeroblob(64) WHERE key = ?", (first,))
        assert alice._multi.audit()
        assert any("the disk has lost" in event.text for event in heard if isinstance(event, Notice))
        alice.send("four")
        assert alice.own_feed != first
        assert alice.is_own(first)
        await until(lambda: sorted(_texts(alice)) == sorted(_texts(bob)) == ["four", "one", "three", "two"])
        await until(lambda: alice._multi.candidate(first).held.covers(0, 3))
    reopened = Room(options, "alice")
    try:
        assert sorted(_texts(reopened)) == ["four", "one", "three", "two"]
        assert reopened.own_feed != first
    finally:
        await reopened.close()

"""Directories that the JavaScript multifeed writes now, brought into a room."""

import os
import subprocess
from pathlib import Path

from multichat.importing import import_multifeed
from multichat.model.log import record_in
from multichat.profile import RoomOptions, open_store
from multifeed.hypercore9.history import History
from multifeed.hypercore9.storage import Storage
from tests.helpers.js_peers import MODULES_VARIABLE, js_peer, until
from tests.helpers.stored_feeds import MULTIFEED, blocks_in, found_in

_MAKE = MULTIFEED.parent / "make_multifeed.js"
_COUNT = 2_000


def _make(directory: Path, *arguments: str) -> None:
    environment = {**os.environ, "NODE_PATH": os.environ[MODULES_VARIABLE]}
    subprocess.run(["node", str(_MAKE), str(directory), *arguments], env=environment, check=True, timeout=60)


def _texts(options: RoomOptions) -> list[str]:
    with open_store(options.directory("alice"), "alice") as multi:
        assert multi.audit() == []
        records = [record_in(multi, block) for feed in multi.feeds() for block in feed.blocks(0, feed.length)]
    return [record.text for record in records if record is not None]


def test_two_thousand_messages_come_in(tmp_path: Path) -> None:
    _make(tmp_path / "multi", str(_COUNT))
    options = RoomOptions(tmp_path / "data", "garden")
    assert import_multifeed(options, "alice", tmp_path / "multi")
    assert _texts(options) == [f"message {number} of anna" for number in range(_COUNT)]


def test_the_kept_directory_is_what_it_writes(tmp_path: Path) -> None:
    _make(tmp_path / "multi")
    for name in "012":
        theirs, ours = (found_in(directory / name) for directory in (tmp_path / "multi", MULTIFEED))
        assert blocks_in(theirs[0]) == blocks_in(ours[0])
        with Storage(tmp_path / "multi" / name) as one, Storage(MULTIFEED / name) as other:
            assert History(one).head == History(other).head


async def test_a_directory_in_use_gives_what_it_has(tmp_path: Path) -> None:
    options = RoomOptions(tmp_path / "data", "garden")
    message = {"type": "chat-message", "nickname": "anna", "text": "hello", "timestamp": "2021-05-03T12:00:00.000Z"}
    async with js_peer(tmp_path / "multi") as peer:
        peer.append([message, {**message, "text": "hello again"}])
        await until(lambda: len(peer.blocks[peer.key]) == 2)
        import_multifeed(options, "alice", tmp_path / "multi")
    assert _texts(options) == ["hello", "hello again"]

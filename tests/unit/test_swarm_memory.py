"""Peers given by hand once are tried again next time."""

import os
from pathlib import Path

import pytest

from multifeed import Multifeed, limits
from multifeed.net.memory import remember_peer, remembered_peers
from tests.helpers.swarms import program, until


async def test_who_was_met_by_hand_is_met_again_without_being_given(tmp_path: Path) -> None:
    room_key = os.urandom(32)
    (tmp_path / "other").mkdir()
    async with program(tmp_path, 1, room_key) as one:
        async with program(tmp_path / "other", 2, room_key, peers=[one.address]) as other:
            await until(lambda: bool(other.swarm.peers))
        await until(lambda: not one.swarm.peers)
        async with program(tmp_path / "other", 2, room_key) as other:
            await until(lambda: bool(other.swarm.peers))
            assert other.notices == []


async def test_where_nobody_was_met_nobody_is_remembered(tmp_path: Path) -> None:
    room_key = os.urandom(32)
    async with program(tmp_path, 1, room_key, peers=[("127.0.0.1", 1)]) as one:
        await until(lambda: bool(one.notices))
        assert remembered_peers(one.multi) == []


def test_the_last_ones_are_remembered_each_once(tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "store.sqlite") as multi:
        for number in range(2 * limits.REMEMBERED_PEERS_MAX):
            remember_peer(multi, (f"host{number}", 1))
        newest = [(f"host{number}", 1) for number in reversed(range(2 * limits.REMEMBERED_PEERS_MAX))]
        assert remembered_peers(multi) == newest[: limits.REMEMBERED_PEERS_MAX]
        remember_peer(multi, newest[3])
        assert remembered_peers(multi)[:2] == [newest[3], newest[0]]
        assert len(set(remembered_peers(multi))) == limits.REMEMBERED_PEERS_MAX


@pytest.mark.parametrize(
    "packed", [b"", b"\xff", b"\x01", b"\x81\x01", b"\x81\x82\x61h\x00", b"\x81\x82\x60\x01", b"\x81\x81\x81\x81\x01"]
)
def test_what_the_disk_has_changed_is_as_if_nobody_had_been_met(tmp_path: Path, packed: bytes) -> None:
    with Multifeed.open(tmp_path / "store.sqlite") as multi:
        multi.set_meta("peers", packed)
        assert remembered_peers(multi) == []
        remember_peer(multi, ("host", 1))
        assert remembered_peers(multi) == [("host", 1)]

"""More programs than can all be linked with each other: each has few links, and everybody hears everything."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from multifeed.limits import ACCEPTED_LINKS_MAX, FULL_MESH_MAX_PEERS, RANDOM_LINKS
from multifeed.net.outcome import Outcome
from tests.helpers.swarms import Program, program, until

_COUNT = FULL_MESH_MAX_PEERS + 12


def _know_each_other(programs: list[Program]) -> bool:
    return all(len(each.swarm._dialler.everybody()) == len(programs) - 1 for each in programs)


def _dialled(each: Program) -> int:
    return sum(link.address is not None for link in each.swarm._links)


def _accepted(each: Program) -> int:
    return sum(link.address is None for link in each.swarm._links)


async def _dial_strangers(each: Program, count: int) -> None:
    """Have a program reach some whom it does not want, as when those whom it wants turn it away for a while."""
    dialler = each.swarm._dialler
    near = {*dialler.wanted(), *each.swarm._pairs.ids}
    strangers = [address for address in each.swarm._addresses if address.instance_id not in near][:count]
    assert len(strangers) == count
    for address in strangers:
        dialler._start(dialler._dial(address))
    await until(lambda: all(address.outcome is Outcome.MET for address in strangers))


@pytest.mark.timeout(120)
async def test_a_large_room_is_a_ring_with_a_few_links_across_it(tmp_path: Path) -> None:
    room_key = os.urandom(32)
    async with AsyncExitStack() as stack:
        programs = [
            await stack.enter_async_context(program(tmp_path, number, room_key, starts=False))
            for number in range(1, _COUNT + 1)
        ]
        # As beacons would have it, all at once.
        for each in programs:
            for other in programs:
                if other is not each:
                    each.swarm._addresses.heard(other.address, other.swarm._identity.instance_id, 0.0)
        assert _know_each_other(programs)
        for each in programs:
            await each.swarm.start()
        programs[0].feed.append(b"to everybody")
        await until(lambda: all(each.holds(programs[0].feed) for each in programs[1:]))
        # Who is one too many takes a moment to go.
        await until(lambda: max(map(_dialled, programs)) <= 1 + RANDOM_LINKS)
        await until(lambda: max(map(_accepted, programs)) <= ACCEPTED_LINKS_MAX)
        await _dial_strangers(programs[0], 3)
        await until(lambda: _dialled(programs[0]) <= 1 + RANDOM_LINKS)
        programs[-1].feed.append(b"and back")
        await until(lambda: all(each.holds(programs[-1].feed) for each in programs[:-1]))


async def test_who_is_turned_away_tries_again_only_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room_key = os.urandom(32)
    async with program(tmp_path, 1, room_key) as full, program(tmp_path, 2, room_key) as other:
        monkeypatch.setattr(full.swarm, "_is_full_for", lambda _link: True)
        other.swarm._addresses.heard(full.address, full.swarm._identity.instance_id, 0.0)
        (address,) = other.swarm._addresses._addresses.values()
        other.swarm._schedule_turn()
        await until(lambda: address.failures >= 2)
        assert not other.swarm.peers
        monkeypatch.undo()
        await until(lambda: bool(other.swarm.peers) and bool(full.swarm.peers))

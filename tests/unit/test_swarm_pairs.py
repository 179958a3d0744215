"""Two that dial each other over lines of any length keep one link, and are never without."""

import os
from pathlib import Path

import pytest

from tests.helpers.slow_line import slow_line
from tests.helpers.swarms import Program, program, until

# Of both lines: how long a connection takes, and how long all bytes take each way.
_SHORT_S, _LONG_S = 0.005, 0.06
_RELATIVE_S = (0.0, 0.004, 0.008, 0.012, 0.016, 0.02, 0.03, 0.05, 0.08, 0.13)


@pytest.fixture
def room_key() -> bytes:
    return os.urandom(32)


async def _assert_one_link_without_a_gap(one: Program, other: Program) -> None:
    one.feed.append(b"by one")
    other.feed.append(b"by the other")
    await until(lambda: one.holds(other.feed) and other.holds(one.feed))
    await until(lambda: all(len(each.swarm._links) == 1 and len(each.swarm.peers) == 1 for each in (one, other)))
    one.feed.append(b"over the one that stays")
    await until(lambda: other.holds(one.feed))
    assert one.people == other.people == [1]


@pytest.mark.parametrize("later_s", _RELATIVE_S)
@pytest.mark.parametrize("first", [0, 1])
async def test_whoever_dials_how_much_later_one_link_stays_and_neither_is_ever_alone(
    tmp_path: Path, room_key: bytes, later_s: float, first: int
) -> None:
    delays = [(0.0, _SHORT_S), (later_s, _SHORT_S)]
    async with program(tmp_path, 1, room_key, starts=False) as one, program(tmp_path, 2, room_key) as other:
        to_other, to_one = delays if first == 0 else delays[::-1]
        async with (
            slow_line(other.address, connect_s=to_other[0], each_way_s=to_other[1]) as there,
            slow_line(one.address, connect_s=to_one[0], each_way_s=to_one[1]) as back,
        ):
            one.swarm.connect(there)
            other.swarm.connect(back)
            await one.swarm.start()
            await _assert_one_link_without_a_gap(one, other)


@pytest.mark.parametrize(("there_s", "back_s"), [(_SHORT_S, _LONG_S), (_LONG_S, _SHORT_S)])
@pytest.mark.parametrize("later_s", [0.0, 0.01, 0.05, 0.1, 0.2])
async def test_over_lines_of_unequal_length_neither_is_ever_alone(
    tmp_path: Path, room_key: bytes, there_s: float, back_s: float, later_s: float
) -> None:
    async with (
        program(tmp_path, 1, room_key, starts=False) as one,
        program(tmp_path, 2, room_key) as other,
        slow_line(other.address, connect_s=0.0, each_way_s=there_s) as there,
        slow_line(one.address, connect_s=later_s, each_way_s=back_s) as back,
    ):
        one.swarm.connect(there)
        other.swarm.connect(back)
        await one.swarm.start()
        await _assert_one_link_without_a_gap(one, other)

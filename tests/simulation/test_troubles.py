"""Rooms in which links break, programs crash, clocks are wrong and some lie: see `troubles`."""

import pytest

from tests.simulation.__main__ import run

_SEEDS = 120
_BATCH = 10


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(0, _SEEDS, _BATCH))
def test_a_room_comes_to_the_same_history_whatever_happens_to_it(first: int) -> None:
    for seed in range(first, first + _BATCH):
        run("troubles", seed)

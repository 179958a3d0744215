"""Durable before visible: whatever was acknowledged is there after the process was killed at any moment."""

from pathlib import Path
from random import Random

import pytest

from multifeed import Multifeed
from tests.helpers.checks import assert_all_verify
from tests.helpers.processes import next_line, python

_APPEND = """
import sys
from multifeed import Multifeed
multi = Multifeed.open(sys.argv[1])
feed = multi.writer("a")
print(feed.length)
while True:
    for seq in feed.extend(b"block %d " % (feed.length + place) * 20 for place in range(feed.length % 3 + 1)):
        print(seq)
"""


def _acknowledged_before_a_kill(path: Path, rng: Random) -> tuple[int, int]:
    """Where a program that appends began, and the last seq that it had acknowledged when it was killed."""
    with python(_APPEND, str(path)) as process:
        began = int(next_line(process))
        for _ in range(rng.randrange(1, 150)):
            next_line(process)
        process.kill()
        assert process.stdout is not None
        # A line is written whole or, when the kill falls into it, without its end.
        rest = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        return began, int(rest[-1]) if rest else began


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_survives_kills_at_random_moments(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "room.sqlite"
    rng = Random(seed)
    for _ in range(5):
        began, last = _acknowledged_before_a_kill(path, rng)
        assert last >= began
        with Multifeed.open(path) as multi:
            feed = multi.writer("a")
            assert feed.length > last
            assert list(feed) == [b"block %d " % seq * 20 for seq in range(feed.length)]
            assert_all_verify(multi)

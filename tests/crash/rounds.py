"""Rounds of writing and killing: after each, the store holds whatever was acknowledged or announced."""

import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import NamedTuple

from multifeed import Multifeed
from tests.crash.worker import blocks_of, key_of, prepare_source
from tests.helpers.checks import assert_all_verify
from tests.helpers.processes import next_line, python

KILLED_AFTER_MAX_S = 0.15
# A new store after so many rounds, so that looking through it stays cheap.
_ROUNDS_PER_STORE = 25


class Said(NamedTuple):
    """One line of the worker."""

    what: str
    whose: str
    start: int
    end: int


def replay_command(rounds: int, seed: int) -> str:
    return f"python -m tests.crash --rounds {rounds} --seed {seed}"


def run_rounds(directory: Path, rounds: int, seed: int) -> int:
    """How many acknowledged blocks were found again; raises AssertionError if one is missing."""
    print(f"again: {replay_command(rounds, seed)}")
    rng = Random(seed)
    source = directory / "source.sqlite"
    prepare_source(source)
    found = 0
    for number in range(rounds):
        store = directory / f"store {number // _ROUNDS_PER_STORE}.sqlite"
        said = _said_before_a_kill(store, source, rng)
        is_last = (number + 1) % _ROUNDS_PER_STORE == 0
        found += _check(store, said, f"round {number} of: {replay_command(rounds, seed)}", is_thorough=is_last)
    return found


def worker(store: Path, source: Path, seed: int) -> AbstractContextManager[subprocess.Popen[str]]:
    """A running worker; killed at the end if it is still there."""
    return python(
        "import sys; from tests.crash.worker import main; main(*sys.argv[1:])", str(store), str(source), str(seed)
    )


def said_in(lines: list[str]) -> list[Said]:
    return [Said(what, whose, int(start), int(end)) for what, whose, start, end in map(str.split, lines)]


def _said_before_a_kill(store: Path, source: Path, rng: Random) -> list[Said]:
    with worker(store, source, rng.randrange(1 << 30)) as process:
        first = next_line(process)
        time.sleep(rng.uniform(0, KILLED_AFTER_MAX_S))
        process.kill()
        rest, _ = process.communicate()
        return said_in([first, *rest.splitlines()])


def _check(store: Path, said: list[Said], which: str, *, is_thorough: bool) -> int:
    with Multifeed.open(store) as multi:
        assert multi.audit() == [], which
        found = 0
        for what, whose, start, end in said:
            feed = multi.feed(key_of(whose))
            assert feed is not None, f"{whose} {start} to {end} was {what} and its feed is missing; {which}"
            assert feed.held.covers(start, end), f"{whose} {start} to {end} was {what} and is missing; {which}"
            found += end - start if what == "held" else 0
        if is_thorough:
            assert_all_verify(multi)
            for feed in multi.feeds():
                whose = "own" if feed.writable else "foreign"
                for run in feed.held:
                    assert feed.blocks(*run) == blocks_of(whose, *run), f"{whose} is not what was written; {which}"
        return found

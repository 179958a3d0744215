"""The program that is killed: `main`, with the paths of its store and of a source, and a seed.

It appends to its own feed and accepts ranges of the feed in the source, in turns, and says what it has done by lines:
`held WHOSE START END` once an append or accept has returned, `told WHOSE START END` when a listener hears of it.
"""

import os
import sys
from pathlib import Path
from random import Random

from multifeed import Feed, Multifeed
from tests.helpers.feeds import copy_range, key_pair, written

NUMBERS = {"own": 1, "foreign": 2}
FOREIGN_LENGTH = 3000
_RUN_LENGTH_MAX = 12


def block_of(whose: str, seq: int) -> bytes:
    """What a block says, whichever run wrote it."""
    return f"{whose} {seq} ".encode() * (seq % 7 + 1)


def blocks_of(whose: str, start: int, end: int) -> list[bytes]:
    return [block_of(whose, seq) for seq in range(start, end)]


def key_of(whose: str) -> bytes:
    return key_pair(NUMBERS[whose]).public_key


def prepare_source(path: Path) -> None:
    """The store that the worker accepts from."""
    with Multifeed.open(path) as multi:
        written(multi, NUMBERS["foreign"], blocks_of("foreign", 0, FOREIGN_LENGTH))


def _say(what: str, feed: Feed, start: int, end: int) -> None:
    # One write for one line: it is said whole or not at all.
    whose = "own" if feed.writable else "foreign"
    os.write(sys.stdout.fileno(), f"{what} {whose} {start} {end}\n".encode())


def main(store: str, source: str, seed: str) -> None:
    rng = Random(seed)
    with Multifeed.open(source) as theirs, Multifeed.open(store) as multi:
        multi.listen(lambda feed, start, end: _say("told", feed, start, end))
        original = written(theirs, NUMBERS["foreign"], [])
        own = written(multi, NUMBERS["own"], [])
        copy = multi.candidate(original.key)
        _say("held", own, 0, own.length)
        while True:
            if rng.random() < 0.5:
                count = rng.choice([1, 1, rng.randrange(2, _RUN_LENGTH_MAX)])
                seqs = own.extend(blocks_of("own", own.length, own.length + count))
                _say("held", own, seqs.start, seqs.stop)
            else:
                start = rng.randrange(FOREIGN_LENGTH)
                end = min(start + rng.randrange(1, _RUN_LENGTH_MAX), FOREIGN_LENGTH)
                copy_range(original, copy, start, end)
                _say("held", copy, start, end)

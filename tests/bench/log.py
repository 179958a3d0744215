"""The log: appending, accepting, reading, proving, opening, and what it costs on the disk and in memory."""

import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from multifeed import Feed, Multifeed
from tests.bench.histories import fill
from tests.bench.table import Figure, median_seconds, print_table, seconds

SIZES = (10_000, 100_000, 1_000_000)
_BATCH = 1_000
_PAYLOAD_BYTES = 130
_SINGLES = 2_000


def run(sizes: tuple[int, ...] = SIZES) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            print_table(
                f"a feed of {size:,} blocks of {_PAYLOAD_BYTES} bytes", list(_feed_figures(size, Path(directory)))
            )
    with tempfile.TemporaryDirectory() as directory:
        print_table("many feeds", list(_room_figures(Path(directory))))


def _feed_figures(size: int, directory: Path) -> Iterator[Figure]:
    rng = random.Random(size)
    path, copy_path = directory / "own.sqlite", directory / "copy.sqlite"
    blocks = [rng.randbytes(_PAYLOAD_BYTES) for _ in range(_BATCH)]
    with Multifeed.open(path) as multi:
        feed = multi.writer("own")
        took_s = seconds(lambda: [feed.extend(blocks) for _ in range(size // _BATCH)])
        yield Figure("extend, in batches of 1,000", size / took_s, "blocks/s", ">= 150,000")
    yield Figure(
        "the database, beside the payload", path.stat().st_size / size - _PAYLOAD_BYTES, "bytes/block", "<= 120"
    )
    yield Figure("open", median_seconds(lambda _: Multifeed.open(path).close(), 5) * 1e3, "ms", "< 50")
    with Multifeed.open(path) as multi, Multifeed.open(copy_path) as other:
        feed = multi.writer("own")
        yield Figure(
            "get a random block", median_seconds(lambda _: feed.get(rng.randrange(size)), 2_000) * 1e3, "ms", "< 0.2"
        )
        yield Figure("prove a random block", median_seconds(lambda _: _prove(feed, rng), 2_000) * 1e3, "ms", "< 1")
        yield from _accept_figures(feed, other.add(feed.key), size)
        yield Figure("read all in order", size / seconds(lambda: sum(1 for _ in feed.read())), "blocks/s")
        yield from _append_figures(feed, directory)


def _prove(feed: Feed, rng: random.Random) -> None:
    seq = rng.randrange(feed.length)
    feed.proof(seq, seq + 1)


def _accept_figures(feed: Feed, copy: Feed, size: int) -> Iterator[Figure]:
    took_s, worst_s = 0.0, 0.0
    for start in range(size - _BATCH, -1, -_BATCH):
        blocks, proof = feed.blocks(start, start + _BATCH), feed.proof(start, start + _BATCH)
        batch_s = seconds(lambda: copy.accept(start, blocks, proof))  # noqa: B023 (called at once)
        took_s, worst_s = took_s + batch_s, max(worst_s, batch_s)
    assert copy.head == feed.head
    yield Figure("accept, in batches of 1,000, newest first", size / took_s, "blocks/s", ">= 100,000")
    yield Figure("the longest of these", worst_s * 1e3, "ms")


def _append_figures(feed: Feed, directory: Path) -> Iterator[Figure]:
    """Appends one by one, and bare SQLite commits of the same bytes, in turn, so that both see the same disk."""
    bare = sqlite3.connect(directory / "bare.sqlite", isolation_level=None)
    bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (data BLOB);")
    block = bytes(_PAYLOAD_BYTES)
    # Both logs have to have begun anew once: one that still grows is slower.
    for _ in range(2 * _SINGLES):
        feed.append(block)
        bare.execute("INSERT INTO t VALUES (?)", (block,))
    ours_s = bare_s = 0.0
    for _ in range(_SINGLES // 100):
        ours_s += seconds(lambda: [feed.append(block) for _ in range(100)])
        bare_s += seconds(lambda: [bare.execute("INSERT INTO t VALUES (?)", (block,)) for _ in range(100)])
    bare.close()
    yield Figure("append one by one, on the disk", _SINGLES / ours_s, "blocks/s")
    yield Figure("of what bare SQLite commits", 100 * bare_s / ours_s, "%", ">= 70")


def _room_figures(directory: Path) -> Iterator[Figure]:
    path = directory / "many.sqlite"
    with Multifeed.open(path) as multi:
        fill(multi, 10_000, [bytes(_PAYLOAD_BYTES)])
    yield Figure("open a room of 10,000 feeds", median_seconds(lambda _: Multifeed.open(path).close(), 3), "s", "< 0.5")
    path = directory / "large.sqlite"
    with Multifeed.open(path) as multi:
        fill(multi, 1_000, [bytes(_PAYLOAD_BYTES)] * 1_000)
    yield Figure("memory, 1,000 feeds and 1,000,000 blocks, read", _memory_mb(path), "MB", "<= 60")


_MEMORY_PROGRAM = """
import os, resource, sys
from multifeed import Multifeed
def resident_kb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024
before = resident_kb()
multi = Multifeed.open(sys.argv[1])
for feed in multi.feeds():
    feed.get(0); feed.held; feed.roots
for _ in multi.arrivals():
    pass
print((resident_kb() - before) / 1024)
"""


def _memory_mb(path: Path) -> float:
    """What an open multifeed adds to the interpreter with its imports, after every feed and block was read once."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY_PROGRAM, str(path)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)

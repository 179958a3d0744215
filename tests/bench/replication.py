"""Replication between two processes on loopback: whole histories, many feeds, single messages, and equal sides.

What is fetched is timed from before the connection is made to the last block stored, or indexed in a room.
"""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from multifeed import Feed, Multifeed
from tests.bench import javascript
from tests.bench.exchange import Exchange, exchange
from tests.bench.histories import fill, message, write_messages, writer
from tests.bench.javascript import Theirs
from tests.bench.peers import HOLD_MAX_MS, NEWEST, Fetched, fetched, spoken
from tests.bench.table import Figure, print_table, seconds

_HISTORY = 100_000
_LONG_HISTORY = 1_000_000
_FEEDS = 1_000
_FEED_BLOCKS = 10
_EQUAL_BLOCKS = 10_000
_EQUAL_FEEDS = 10_000
_SINGLES = 2_000
_SPOKEN = 1_000
_RUNS = 3
_BLOCK = bytes(130)


def run(js_directory: Path | None) -> None:
    theirs = javascript.measure(js_directory, _HISTORY)
    figures: list[Figure] = []
    for bench in (_writing, _fetching, _many_feeds, _speaking, _newcomer, _equal_sides):
        with tempfile.TemporaryDirectory() as directory:
            figures += bench(Path(directory), theirs)
    print_table("replication between two processes", figures, theirs_note=theirs.note)


def _writing(directory: Path, theirs: Theirs) -> Iterator[Figure]:
    with Multifeed.open(directory / "own.sqlite", value_encoding="cbor") as multi:
        feed = multi.writer("local")
        single_s = seconds(lambda: [feed.append(message(number)) for number in range(_SINGLES)])
        batch_s = seconds(lambda: write_messages(feed, _HISTORY))
        read_s = seconds(lambda: sum(1 for _ in feed.read()))
        yield _rate("append messages one by one, on the disk", _SINGLES / single_s, theirs, "append_single_per_s")
        yield _rate("append messages in batches of 1,000", _HISTORY / batch_s, theirs, "append_batch_per_s")
        yield _rate("read messages in order", feed.length / read_s, theirs, "read_per_s")


def _rate(what: str, value: float, theirs: Theirs, name: str, target: str = "") -> Figure:
    return Figure(what, value, "messages/s", target, theirs.values.get(name))


def _fetching(directory: Path, theirs: Theirs) -> Iterator[Figure]:
    source = _written(directory, _HISTORY)
    engine = _several(source, directory, "engine", _HISTORY)
    room = _several(source, directory, "room", _HISTORY)
    yield _rate("fetch 100,000, engine alone", _HISTORY / _median_s(engine), theirs, "cold_sync_per_s", ">= 100,000")
    yield Figure("most memory meanwhile", max(run.memory_mb for run in engine), "MB", "", theirs.values.get("rss_mb"))
    yield Figure("fetch 100,000 into a room", _HISTORY / _median_s(room), "messages/s", ">= 60,000")


def _written(directory: Path, count: int) -> Path:
    path = directory / "source.sqlite"
    with Multifeed.open(path, value_encoding="cbor") as multi:
        write_messages(multi.writer("local"), count)
    return path


def _several(source: Path, directory: Path, kind: str, count: int) -> list[Fetched]:
    runs = []
    for number in range(_RUNS):
        target = directory / f"{kind} {number}"
        target.mkdir()
        runs.append(fetched(source, target, kind, count))
    return runs


def _median_s(runs: list[Fetched]) -> float:
    return statistics.median(run.took_s for run in runs)


def _many_feeds(directory: Path, _theirs: Theirs) -> Iterator[Figure]:
    source = directory / "source.sqlite"
    with Multifeed.open(source) as multi:
        fill(multi, _FEEDS, [_BLOCK] * _FEED_BLOCKS)
    runs = _several(source, directory, "engine", _FEEDS * _FEED_BLOCKS)
    yield Figure("fetch 1,000 feeds of 10 blocks", _median_s(runs), "s", "<= 0.5")


def _speaking(directory: Path, theirs: Theirs) -> Iterator[Figure]:
    for kind, where, targets in (
        ("engine", "to the other's event", ("<= 1", "<= 5")),
        ("room", "into a room", ("", "")),
    ):
        target = directory / kind
        target.mkdir()
        times_ms = spoken(directory / f"{kind}.sqlite", target, kind, _SPOKEN)
        centiles_ms = statistics.quantiles(times_ms, n=100)
        known = theirs.values if kind == "engine" else {}
        yield Figure(f"append {where}, median", centiles_ms[49], "ms", targets[0], known.get("live_p50_ms"))
        yield Figure("99 of 100 within", centiles_ms[98], "ms", targets[1], known.get("live_p99_ms"))


def _newcomer(directory: Path, _theirs: Theirs) -> Iterator[Figure]:
    source = _written(directory, _LONG_HISTORY)
    for kind, where in (("engine", "engine alone"), ("room", "into a room")):
        target = directory / kind
        target.mkdir()
        got = fetched(source, target, kind, _LONG_HISTORY)
        yield Figure(f"fetch 1,000,000, {where}", got.took_s, "s")
        yield Figure(f"the newest {NEWEST} of them", got.newest_s, "s", "<= 1")
        yield Figure("the event loop held, longest", got.hold_max_ms, "ms", f"<= {HOLD_MAX_MS:.0f}")
        yield Figure(f"held for over {HOLD_MAX_MS:.0f} ms, of all that it was held", 100 * got.hold_over_share, "%")
        yield Figure("most memory meanwhile", got.memory_mb, "MB", "< 200")


def _equal_sides(directory: Path, _theirs: Theirs) -> Iterator[Figure]:
    with Multifeed.open(directory / "left") as left, Multifeed.open(directory / "right") as right:
        feed = left.writer("own")
        feed.extend([_BLOCK] * _EQUAL_BLOCKS)
        right.candidate(feed.key).accept(0, feed.blocks(0, feed.length), feed.proof(0, feed.length))
        met = exchange(left, right)
        yield Figure("the handshake, both ways", met.handshake_bytes, "bytes")
        yield from _exchanged("equal, 10,000 blocks", met, 0, "< 1,000")
    with Multifeed.open(directory / "more") as left, Multifeed.open(directory / "less") as right:
        for multi in (left, right):
            fill(multi, _EQUAL_FEEDS, [_BLOCK])
        changed = left.feeds()[_EQUAL_FEEDS // 2]
        _grow(changed, directory / "writer.sqlite", _EQUAL_FEEDS // 2)
        met = exchange(left, right)
        assert right.feed(changed.key).length == 2  # type: ignore[union-attr]  # it is there
        yield from _exchanged("10,000 feeds, one block new", met, len(_BLOCK), "< 10,000")


def _exchanged(what: str, met: Exchange, block_bytes: int, target: str) -> Iterator[Figure]:
    beside = " (beside the block)" if block_bytes else ""
    yield Figure(f"{what}: said by who dialled{beside}", met.initiator_bytes - block_bytes, "bytes", target)
    yield Figure(f"{what}: said by the other", met.responder_bytes, "bytes", target)


def _grow(copy: Feed, path: Path, number: int) -> None:
    """Add one block to a feed that `fill` has made, as its writer would."""
    with Multifeed.open(path) as multi:
        feed = multi.writer("own", key_pair=writer(number))
        feed.extend([_BLOCK] * 2)
        copy.accept(1, [_BLOCK], feed.proof(1, 2, since=1))

"""The program as a user has it: real processes on loopback, a real pseudo-terminal."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from multichat.model.record import Record
from multichat.profile import RoomOptions, open_store
from tests.bench.table import Figure, print_table
from tests.helpers.program import Programs
from tests.helpers.terminal import Terminal, Terminals

_STARTS = 5
_MEETINGS = 20
_MESSAGES = 30
_AWAY = 10_000
_STORED = 50_000
_MOMENT_MS = 1_700_000_000_000


def run() -> None:
    figures: list[Figure] = []
    for bench in (_connecting, _speaking, _catching_up, _starting):
        with tempfile.TemporaryDirectory() as directory:
            figures += bench(Path(directory))
    print_table("two programs on one machine", figures)


def _connecting(directory: Path) -> Iterator[Figure]:
    times_s = []
    for number in range(_MEETINGS):
        with Programs(directory / str(number)) as programs:
            alice = programs.start("alice", "--json")
            alice.wait_for_error("in ")
            start_s = time.perf_counter()
            bob = programs.start("bob", "--json")
            alice.wait_for_people(1)
            bob.wait_for_people(1)
            times_s.append(time.perf_counter() - start_s)
    yield Figure("connected after the second one's start, median", statistics.median(times_s), "s", "<= 2")
    p95_s = statistics.quantiles(times_s, n=20, method="inclusive")[-1]
    yield Figure("95 of 100 within", p95_s, "s", "<= 1")
    yield Figure(f"the longest of these {_MEETINGS}", max(times_s), "s")


def _speaking(directory: Path) -> Iterator[Figure]:
    times_ms = []
    with Terminals(directory) as terminals:
        alice, bob = terminals.open("alice"), terminals.open("bob")
        for terminal in (alice, bob):
            terminal.wait_for("1 person here")
        for number in range(_MESSAGES):
            text = f"message number {number}"
            alice.type(text)
            start_s = time.perf_counter()
            alice.press("enter")
            bob.wait_for(text)
            times_ms.append((time.perf_counter() - start_s) * 1e3)
    yield Figure("from Enter to the other screen, median", statistics.median(times_ms), "ms", "<= 100")
    yield Figure("the longest of these", max(times_ms), "ms")


def _catching_up(directory: Path) -> Iterator[Figure]:
    with Programs(directory) as programs:
        _store(directory, "alice", programs.room, _AWAY)
        bob = programs.start("bob", "--json")
        bob.wait_for_error("in ")
        programs.start("alice", "--json")
        bob.wait_for_people(1)
        start_s = time.perf_counter()
        bob.wait_until(lambda: len(bob.out) >= _AWAY, f"{_AWAY} messages")
        yield Figure("10,000 messages, from meeting to the last", time.perf_counter() - start_s, "s", "<= 2")


def _starting(directory: Path) -> Iterator[Figure]:
    with Terminals(directory) as terminals:
        _store(directory, "alice", terminals.room, _STORED)
        # The first start indexes them; it is the later ones that count.
        first_s = _start(terminals, "alice", f"number {_STORED - 1} ")
        full_s = min(_start(terminals, "alice", f"number {_STORED - 1} ") for _ in range(_STARTS))
        empty_s = min(_start(terminals, "carol", "Nobody else is here yet") for _ in range(_STARTS))
    yield Figure("first screen of an empty room", empty_s, "s")
    yield Figure("50,000 stored messages cost at start", full_s - empty_s, "s", "<= 0.5")
    yield Figure("and once, when they are indexed", first_s - empty_s, "s")


def _start(terminals: Terminals, nickname: str, part: str) -> float:
    start_s = time.perf_counter()
    terminal: Terminal = terminals.open(nickname, "--no-discovery")
    terminal.wait_for(part)
    took_s = time.perf_counter() - start_s
    terminal.press("ctrl+q")
    terminal.wait()
    return took_s


def _store(data_dir: Path, nickname: str, room: str, count: int) -> None:
    """Write a history as the program would have."""
    directory = RoomOptions(data_dir, room).directory(nickname)
    multi = open_store(directory, nickname)
    records = [
        Record(nickname, f"message number {number} of many", _MOMENT_MS + number * 1_000) for number in range(count)
    ]
    feed = multi.writer("local")
    for at in range(0, count, 1_000):
        feed.extend([record.value() for record in records[at : at + 1_000]])
    multi.close()

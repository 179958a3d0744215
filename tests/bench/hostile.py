"""Two programs that talk while somebody presses on them: what it does to their talk, and what it costs them.

All on loopback, and on as many cores as the machine has: there the attacker takes its time from its victims, and the
latency is that of the whole machine. The share of a core that the victim has used tells its own part of it.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from tests.bench.table import Figure, print_table
from tests.helpers.attackers import ELSEWHERE, Attack, Cost, attacked, overheard
from tests.helpers.program import Program, Programs

_SEED = 1
_MESSAGES = 200
_INTERVAL_S = 0.025
# What is said takes this long at most, whatever happens to it.
_TALK_MAX_S = 20.0
_SETTLE_S = 1.0

_DATAGRAMS_PER_S = 10_000
_SILENT = 1_000
_DRIPPING = 200
_CONNECTIONS_PER_S = 500


class _Load(NamedTuple):
    """`attack` is given the victim's port, the room and a beacon of it."""

    name: str
    event: str
    attack: Callable[[int, str, str], AbstractContextManager[Attack | None]]


_LOADS = (
    _Load("nobody presses", "", lambda *_: nullcontext()),
    _Load(
        f"{_DATAGRAMS_PER_S:,} junk datagrams a second",
        "datagram",
        lambda _port, _room, beacon: attacked("datagrams", per_s=_DATAGRAMS_PER_S, seed=_SEED, beacon=beacon),
    ),
    _Load(
        f"{_SILENT:,} silent connections, {_CONNECTIONS_PER_S} attempts a second",
        "connection",
        lambda port, *_: attacked("silence", port=port, count=_SILENT, per_s=_CONNECTIONS_PER_S),
    ),
    _Load(
        f"{_DRIPPING} handshakes a byte at a time, {_CONNECTIONS_PER_S} attempts a second",
        "connection",
        lambda port, *_: attacked("drip", port=port, count=_DRIPPING, per_s=_CONNECTIONS_PER_S, seed=_SEED),
    ),
    _Load(
        "members of the room without end, who leave at once",
        "handshake",
        lambda port, room, _: attacked("handshakes", port=port, room=room, keeps=False),
    ),
    _Load(
        "members of the room without end, who stay",
        "handshake",
        lambda port, room, _: attacked("handshakes", port=port, room=room, keeps=True),
    ),
    _Load(
        "members of the room without end, who stay, from another address",
        "handshake",
        lambda port, room, _: attacked("handshakes", port=port, room=room, keeps=True, source=ELSEWHERE),
    ),
)


def run() -> None:
    print(f"\ntalk under attack: {os.cpu_count()} cores for both programs and the attacker, seed {_SEED}")
    quiet_share = 0.0
    for load in _LOADS:
        with tempfile.TemporaryDirectory() as directory:
            pressed = _press(Path(directory), load)
        figures = list(_figures(load, pressed, quiet_share))
        print_table(f"while {load.name}" if not load.event else f"under {load.name}", figures)
        if not load.event:
            quiet_share = pressed.cpu_share


class _Pressed(NamedTuple):
    times_ms: list[float]
    lost: int
    cpu_share: float
    memory_growth_mb: float
    error_lines: int
    newcomer_s: float | None
    attack: Counter[str]


def _figures(load: _Load, pressed: _Pressed, quiet_share: float) -> Iterator[Figure]:
    # Of what never came it is known that it took longer than anything that did.
    times_ms = [*pressed.times_ms, *[_TALK_MAX_S * 1e3] * pressed.lost]
    centiles_ms = statistics.quantiles(times_ms, n=100)
    yield Figure("from the line said to the line heard, median", centiles_ms[49], "ms")
    yield Figure("99 of 100 within", centiles_ms[98], "ms", "<= 50")
    yield Figure("the longest of these", max(times_ms), "ms")
    yield Figure("never heard", pressed.lost, f"of {len(times_ms)}", "0")
    yield Figure("the victim's share of a core", 100 * pressed.cpu_share, "%")
    if load.event:
        per_s = pressed.attack["events"] / pressed.attack["milliseconds"] * 1e3
        yield Figure(f"{load.event}s", per_s, "a second")
        yield Figure(f"cost of each {load.event}", (pressed.cpu_share - quiet_share) / per_s * 1e6, "us")
    yield Figure("most memory, beyond that at the beginning", pressed.memory_growth_mb, "MB", "< 20")
    yield Figure("lines on stderr", pressed.error_lines, "", "< 20")
    newcomer_s = float("inf") if pressed.newcomer_s is None else pressed.newcomer_s
    yield Figure("a newcomer's first words heard, after its start", newcomer_s, "s", "<= 2")


def _press(directory: Path, load: _Load) -> _Pressed:
    with Programs(directory) as programs:
        with overheard(programs.room) as next_beacon:
            alice, bob = programs.connected()
            beacon = next_beacon()
        Cost.forget_peak(alice.pid)
        before, lines = Cost.of(alice.pid), len(alice.err)
        with load.attack(alice.port, programs.room, beacon) as attack:
            time.sleep(_SETTLE_S)
            begun, begun_s = Cost.of(alice.pid), time.monotonic()
            times_ms = _talk(alice, bob)
            cpu_share = (Cost.of(alice.pid).cpu_s - begun.cpu_s) / (time.monotonic() - begun_s)
            newcomer_s = _newcomer(programs, alice, bob)
            growth_mb = Cost.of(alice.pid).peak_mb - before.memory_mb
            error_lines = len(alice.err) - lines
            counts = Counter[str]() if attack is None else attack.stop()
        return _Pressed(times_ms, _MESSAGES - len(times_ms), cpu_share, growth_mb, error_lines, newcomer_s, counts)


def _talk(alice: Program, bob: Program) -> list[float]:
    """Let each say every other message; milliseconds until the other has printed it, as far as it has."""
    times_ms: list[float] = []
    begun_s = time.monotonic()
    for number in range(_MESSAGES):
        speaker, hearer = (alice, bob) if number % 2 else (bob, alice)
        start_s = time.perf_counter()
        speaker.send(f"message number {number}")
        try:
            hearer.wait_until(lambda: len(hearer.out) > number, "what was said")  # noqa: B023 (called here)
        except AssertionError as error:
            print(error, file=sys.stderr)
            break
        took_s = time.perf_counter() - start_s
        times_ms.append(took_s * 1e3)
        if time.monotonic() > begun_s + _TALK_MAX_S:
            break
        time.sleep(max(0.0, _INTERVAL_S - took_s))
    return times_ms


def _newcomer(programs: Programs, alice: Program, bob: Program) -> float | None:
    """How long it takes somebody who comes now to be heard by both; None if they never are."""
    start_s = time.perf_counter()
    carol = programs.start("carol", "--json")
    carol.send("the newcomer")
    try:
        for hearer in (alice, bob):
            hearer.wait_until(lambda: any("the newcomer" in line for line in hearer.out[-2:]), "the newcomer")  # noqa: B023
    except AssertionError as error:
        print(error, file=sys.stderr)
        return None
    return time.perf_counter() - start_s

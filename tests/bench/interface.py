"""The screen: how soon it is there, and how long each thing that happens on it holds the program up.

The steps run in the program itself, on a screen of 120 by 40 that nobody sees, with a real room and its real history.
What is told of each is the longest time for which nothing else could happen, no key and no frame: see `watch`.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.model.record import Record
from multichat.profile import RoomOptions, open_store
from multichat.room import Room
from multichat.widgets.timeline_view import TimelineView
from multifeed import Multifeed
from multifeed.net.options import SwarmOptions
from tests.bench import peers
from tests.bench.histories import write_messages
from tests.bench.table import Figure, print_table
from tests.bench.watch import WatchedSelector, forget_memory_peak, memory_peak_mb
from tests.helpers.terminal import Terminal

SIZES = (1_000, 100_000, 1_000_000)
_SYNCED = 100_000
_SCREEN = (120, 40)
_STEPS = 50
_STARTS = 11
_PAGES = 300
_FRAME = "<= 16"
_MOMENT_MS = 1_700_000_000_000
_ROOM = "bench"
_PAUSE_S = 0.02
_SETTLED_AFTER_S = 1.5
# A million messages are put in order once.
_PATIENCE_S = 300.0

# What one would write to have a screen that says something.
_EMPTY_APP = """\
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("nothing at all")
Empty().run()
"""


def run(sizes: tuple[int, ...] = SIZES) -> None:
    with tempfile.TemporaryDirectory() as directory:
        figures: list[Figure] = []
        for size in sizes:
            path = Path(directory) / str(size)
            _store(path, size)
            figures += _figures(path, size)
        print_table("the screen, 120 by 40; the longest hold of each step", figures)
    with tempfile.TemporaryDirectory() as directory:
        print_table(f"typing while {_SYNCED:,} messages arrive", list(_typing(Path(directory))))


def _figures(path: Path, size: int) -> Iterator[Figure]:
    arguments: list[str | Path] = ["alice", "--data-dir", path, "--room", _ROOM, "--interface", "lo", "--no-discovery"]
    last = f"number {size - 1} "
    # The first start makes the timeline.
    first_s = _first_screen(arguments, last)
    # In turn, since a machine is not equally fast all the time.
    pairs = [(_first_screen(arguments, last), _first_screen_of_empty()) for _ in range(_STARTS)]
    took_s, empty_s = (statistics.median(times_s) for times_s in zip(*pairs, strict=True))
    yield Figure(f"{size:,} messages: first screen with history", took_s, "s")
    yield Figure("   that of an empty Textual app", empty_s, "s")
    ratio = statistics.median(ours_s / theirs_s for ours_s, theirs_s in pairs)
    yield Figure("   times as long, median of the pairs", ratio, "", "<= 1.5")
    yield Figure("   and once, when they are indexed", first_s, "s")
    selector = WatchedSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        growth_mb: list[float] = []
        holds = runner.run(_steps(path, size, selector, growth_mb))
    for what, holds_ms in holds.items():
        yield Figure(f"   {what}, median", statistics.median(holds_ms), "ms", _FRAME)
        yield Figure(f"   {what}, longest of {len(holds_ms)}", max(holds_ms), "ms", _FRAME)
    yield Figure(f"   memory for scrolling {_PAGES:,} pages up and to the first", growth_mb[0], "MB", "< 10")


def _first_screen_of_empty() -> float:
    return _first_screen([], "nothing at all", (sys.executable, "-c", _EMPTY_APP))


def _first_screen(arguments: list[str | Path], part: str, program: tuple[str, ...] | None = None) -> float:
    start_s = time.perf_counter()
    terminal = Terminal(arguments, **({} if program is None else {"program": program}))  # type: ignore[arg-type]
    try:
        terminal.wait_for(part, patience_s=_PATIENCE_S)
        took_s = time.perf_counter() - start_s
        terminal.press("ctrl+q")
        terminal.wait()
    finally:
        terminal.close()
    return took_s


async def _steps(path: Path, size: int, selector: WatchedSelector, growth_mb: list[float]) -> dict[str, list[float]]:
    swarm = SwarmOptions(port=0, interfaces=("lo",), discovery=False)
    room = Room(RoomOptions(path, _ROOM, swarm=swarm), "alice")
    app = MultichatApp(lambda _: room, "alice", "")
    other = room._multi.writer("other")
    holds: dict[str, list[float]] = {}
    async with app.run_test(size=_SCREEN) as pilot:
        view = app.screen.query_one(TimelineView)
        measure = partial(_measure, selector, holds)
        await asyncio.sleep(_SETTLED_AFTER_S)

        def insert(number: int) -> None:
            other.append(Record("bob", "in the middle", _MOMENT_MS + (size - 20 - number) * 1_000 + 500).value())

        def wide_or_narrow(number: int) -> Awaitable[None]:
            return pilot.resize_terminal(_SCREEN[0] - 20 * (number % 2), _SCREEN[1])

        await measure("append", lambda number: room.send(f"a new message, number {number}"))
        await measure("insert above the last screen", insert)
        await measure("press a key", partial(_press, pilot))
        await measure("resize", wide_or_narrow)
        await measure("scroll by a page", lambda _: view.scroll_pages(-1))
        await measure("scroll by a line", lambda _: view.scroll_lines(-1))
        await measure("to the first message and back", lambda number: (view.show_end, view.show_start)[number % 2]())
        view.show_end()
        await pilot.pause()
        forget_memory_peak()
        before_mb = memory_peak_mb()
        for _ in range(_PAGES):
            view.scroll_pages(-1)
            await pilot.pause()
        view.show_start()
        await pilot.pause()
        growth_mb.append(memory_peak_mb() - before_mb)
    return holds


def _press(pilot: Pilot[int], number: int) -> Awaitable[None]:
    return pilot.press("backspace" if number % 2 else "a")


async def _measure(
    selector: WatchedSelector, holds: dict[str, list[float]], what: str, step: Callable[[int], object]
) -> None:
    times_ms = holds[what] = []
    for number in range(_STEPS):
        # What is left of the step before is not this one's.
        await asyncio.sleep(_PAUSE_S)
        selector.begin()
        done = step(number)
        if isinstance(done, Awaitable):
            await done
        await asyncio.sleep(_PAUSE_S)
        times_ms.append(selector.longest_ms)


def _typing(directory: Path) -> Iterator[Figure]:
    """As a person would: on a real terminal, each key once the one before it is on the screen."""
    source = directory / "source.sqlite"
    _store_source(source)
    times_ms: list[float] = []
    with peers.serving(source) as port:
        arguments: list[str | Path] = ["newcomer", "--data-dir", directory, "--room", _ROOM, "--interface", "lo"]
        terminal = Terminal([*arguments, "--no-discovery", "--peer", f"127.0.0.1:{port}"])
        try:
            terminal.wait_for("to come")
            while "to come" in terminal.text:
                typed = ""
                for key in f"{len(times_ms):05}":
                    start_s = time.perf_counter()
                    terminal.write(key.encode())
                    typed += key
                    terminal.wait_for(f" {typed}")
                    times_ms.append((time.perf_counter() - start_s) * 1e3)
                terminal.press("ctrl+u")
                terminal.wait_for("Write to")
            terminal.press("ctrl+q")
            terminal.wait()
        finally:
            terminal.close()
    times_ms.sort()
    yield Figure("keys pressed meanwhile", len(times_ms), "")
    yield Figure("from a key to the screen, median", statistics.median(times_ms), "ms")
    yield Figure("99 of 100 of these within", times_ms[len(times_ms) * 99 // 100], "ms", "<= 50")


def _store(path: Path, count: int) -> None:
    """Write a history as the program would have."""
    multi = open_store(RoomOptions(path, _ROOM).directory("alice"), "alice")
    write_messages(multi.writer("local"), count)
    multi.close()


def _store_source(source: Path) -> None:
    with Multifeed.open(source, value_encoding="cbor") as multi:
        write_messages(multi.writer("local"), _SYNCED)

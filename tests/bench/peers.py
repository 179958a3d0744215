"""The two processes of a measurement: one that has a history, and one that connects to it and fetches or hears it.

Owns both programs and how they are started. Each is a real swarm on the loopback interface; they end when whoever
started them closes their input. Moments are those of `time.monotonic_ns`, a clock that all processes of a machine share
on Linux and macOS, so that one read here and one read there can be compared.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from multichat.model.conversation import Arrived, Event
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import Feed, Multifeed
from multifeed.keys import room_key_from_name
from multifeed.net.options import SwarmOptions
from multifeed.net.swarm import Swarm, SwarmCallbacks
from tests.bench.histories import message
from tests.bench.watch import WatchedSelector, forget_memory_peak, memory_peak_mb
from tests.helpers.processes import next_line, python

NEWEST = 200
HOLD_MAX_MS = 10.0
_ROOM = "bench"
_WRITER = "local"
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class Fetched:
    """How it went for one that connected: `arrivals_ns` are the moments of its events."""

    begun_ns: int
    newest_ns: int
    arrivals_ns: list[int]
    hold_max_ms: float
    hold_over_share: float
    memory_mb: float

    @property
    def took_s(self) -> float:
        return (self.arrivals_ns[-1] - self.begun_ns) / 1e9

    @property
    def newest_s(self) -> float:
        return (self.newest_ns - self.begun_ns) / 1e9


# --- started and heard from outside ---


def fetched(source: Path, target: Path, kind: str, count: int) -> Fetched:
    """Let one process fetch `count` blocks, all that is in the store `source`, from another.

    `kind` is "engine", which keeps them in a store in the directory `target`, or "room", which indexes them too.
    """
    with (
        _started("serve", str(source)) as sender,
        _started("fetch", str(target), kind, _said(sender), str(count)) as it,
    ):
        return Fetched(**_heard(it))


def spoken(source: Path, target: Path, kind: str, count: int) -> list[float]:
    """Let one process say `count` messages, each once the last one is held by the other; milliseconds to its event."""
    with (
        _started("speak", str(source), str(count)) as sender,
        _started("fetch", str(target), kind, _said(sender), str(count)) as receiver,
    ):
        heard_ns = _heard(receiver)["arrivals_ns"]
        return [(end_ns - start_ns) / 1e6 for start_ns, end_ns in zip(_heard(sender), heard_ns, strict=True)]


@contextmanager
def serving(source: Path) -> Iterator[int]:
    """A process that has the store `source` and gives what is in it to whoever connects to its port."""
    with _started("serve", str(source)) as sender:
        yield int(_said(sender))


@contextmanager
def _started(*arguments: str) -> Iterator[Callable[[], str]]:
    with python("from tests.bench import peers; peers.main()", *arguments) as process:
        yield lambda: next_line(process)


def _said(process: Callable[[], str]) -> str:
    line = process()
    if not line:
        raise RuntimeError("a process of the measurement has ended; what it said of it is above")
    return line


def _heard(process: Callable[[], str]) -> Any:  # noqa: ANN401 (what JSON holds)
    return json.loads(_said(process))


# --- inside the processes ---


def main() -> None:
    # As the program does.
    gc.freeze()
    selector = WatchedSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(_run(sys.argv[1:], selector))


async def _run(arguments: list[str], selector: WatchedSelector) -> None:
    match arguments:
        case ["serve", path]:
            await _serve(Path(path), 0)
        case ["speak", path, count]:
            await _serve(Path(path), int(count))
        case ["fetch", directory, kind, port, count]:
            await _fetch(Path(directory), kind, int(port), int(count), selector)
        case _:
            raise ValueError(arguments)


async def _serve(path: Path, messages: int) -> None:
    with Multifeed.open(path, value_encoding="cbor") as multi:
        engine = _Engine(multi)
        await engine.swarm.start()
        print(engine.swarm.port, flush=True)
        if messages:
            print(json.dumps(await engine.speak(messages)), flush=True)
        await _input_closed()


async def _input_closed() -> None:
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()


async def _fetch(directory: Path, kind: str, port: int, count: int, selector: WatchedSelector) -> None:
    progress = _Progress(count)
    options = _options(port)
    if kind == "engine":
        with Multifeed.open(directory / "copy.sqlite", value_encoding="cbor") as multi:
            multi.listen(progress.on_blocks)
            engine = _Engine(multi, options)
            print(json.dumps(asdict(await progress.follow(engine.swarm.start, selector))), flush=True)
            # Who leaves at once is gone before the other has heard what it holds.
            await _input_closed()
            await engine.swarm.close()
    else:
        room = Room(RoomOptions(directory, _ROOM, swarm=options), "newcomer")
        room.listen(progress.on_event)
        done = await progress.follow(room.start, selector)
        assert len(room.history.before(None, NEWEST)) == min(NEWEST, count)
        print(json.dumps(asdict(done)), flush=True)
        await _input_closed()
        await room.close()


class _Progress:
    """Notes when blocks or messages are there, until `count` are."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._missing = count
        self._newest_missing = min(NEWEST, count)
        self._newest_ns = 0
        self._arrivals_ns: list[int] = []
        self._done = asyncio.Event()

    def on_blocks(self, _feed: Feed, start: int, end: int) -> None:
        if start < end:
            self._arrived(end - start, max(end - max(start, self._count - NEWEST), 0))

    def on_event(self, event: Event) -> None:
        if isinstance(event, Arrived):
            newest = sum(1 for message in event.messages if message.position.seq >= self._count - NEWEST)
            self._arrived(len(event.messages), newest)

    def _arrived(self, count: int, newest: int) -> None:
        now_ns = time.monotonic_ns()
        self._arrivals_ns.append(now_ns)
        self._missing -= count
        if newest and self._newest_missing > 0:
            self._newest_missing -= newest
            self._newest_ns = now_ns
        if self._missing <= 0:
            self._done.set()

    async def follow(self, start: Callable[[], Awaitable[None]], selector: WatchedSelector) -> Fetched:
        # Working out the room's key from its name takes more memory than anything later.
        forget_memory_peak()
        selector.begin()
        begun_ns = time.monotonic_ns()
        await start()
        async with asyncio.timeout(_PATIENCE_S):
            await self._done.wait()
        return Fetched(
            begun_ns,
            self._newest_ns,
            self._arrivals_ns,
            selector.longest_ms,
            selector.share_held_over(HOLD_MAX_MS),
            memory_peak_mb(),
        )


class _Engine:
    """A multifeed and its swarm, without a room."""

    def __init__(self, multi: Multifeed, options: SwarmOptions | None = None) -> None:
        self._feed = multi.writer(_WRITER)
        self._changed = asyncio.Event()
        key_pair = self._feed.key_pair
        assert key_pair is not None
        callbacks = SwarmCallbacks(
            people_changed=self._changed.set,
            held=lambda _peer, _claim: self._changed.set(),
            copy_met=lambda _yields: None,
            store_error=lambda error: print(error, file=sys.stderr),
            notice=lambda text: print(text, file=sys.stderr),
        )
        self.swarm = Swarm(multi, room_key_from_name(_ROOM), key_pair, options or _options(), callbacks)

    async def speak(self, count: int) -> list[int]:
        """Append messages one at a time, each once the one before is held by the other; the moments before each."""
        async with asyncio.timeout(_PATIENCE_S):
            await self._until(lambda: self.swarm.people > 0)
            said_ns = []
            for number in range(count):
                said_ns.append(time.monotonic_ns())
                self._feed.append(message(number))
                await self._until(lambda: self.swarm.is_held(self._feed.key, self._feed.length))
            return said_ns

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()


def _options(port: int | None = None) -> SwarmOptions:
    """On the loopback interface, unseen; connecting to `port` there, if there is one."""
    peers = [] if port is None else [("127.0.0.1", port)]
    return SwarmOptions(port=0, interfaces=("lo",), peers=peers, discovery=False, agent="bench")

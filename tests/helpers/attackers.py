"""Attackers: processes that press on a running program, over loopback, and what that costs the program.

Each is bounded by a rate, by a number if it is given one, and by a time after which it ends whatever becomes of those
who started it. It counts what it does, and tells when it ends. What is random comes from a seed.
"""

import asyncio
import json
import os
import random
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

from multifeed.keys import KeyPair, beacon_key_of, room_key_from_name
from multifeed.net.discovery import DISCOVERY_PORT
from multifeed.protocol.beacon import MAGIC, BeaconBox
from multifeed.protocol.heads import HeadIndex
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session
from tests.helpers.processes import next_line, python

LOCALHOST: Final = "127.0.0.1"
# Another address of this machine, as if it were another host: on Linux, all of 127.0.0.0/8 is there.
ELSEWHERE: Final = "127.0.0.2"
LOOPBACK_BROADCAST: Final = "127.255.255.255"
_UNDER_WAY: Final = "under way"
_PATIENCE_S: Final = 30.0
# How long an attacker lives at most.
_LIFE_S: Final = 90.0

# The first message of the handshake: an ephemeral key and a tag, with their length before them.
_HANDSHAKE_START_LENGTH_BYTES: Final = 48
_DRIP_INTERVAL_S: Final = 0.1

_POOL: Final = 2_000
_TICK_S: Final = 0.005
_BEHIND_MAX_S: Final = 0.1
_WORKERS: Final = 8


# --- started from outside ---


class Attack:
    """One that runs."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process

    def stop(self) -> Counter[str]:
        """End it; what it has done, and in how many milliseconds."""
        assert self._process.stdin is not None
        self._process.stdin.write("enough\n")
        self._process.stdin.flush()
        return self.done()

    def done(self) -> Counter[str]:
        """The same, once it has done all that it was to do; the connections that it has are still there."""
        return Counter(json.loads(next_line(self._process)))


@contextmanager
def attacked(kind: str, **settings: int | str | bool) -> Iterator[Attack]:
    """Under attack, from when it has begun; the settings are those of the function that is called so."""
    with python("from tests.helpers import attackers; attackers.main()", kind, json.dumps(settings)) as process:
        assert next_line(process) == _UNDER_WAY
        yield Attack(process)


@contextmanager
def overheard(room: str) -> Iterator[Callable[[], str]]:
    """From here on, all beacons are heard; what is given waits for one of the room, and gives it in hex."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(_PATIENCE_S)
        sock.bind((LOOPBACK_BROADCAST, DISCOVERY_PORT))
        box = BeaconBox(beacon_key_of(room_key_from_name(room)))

        def next_beacon() -> str:
            # Other programs on this machine have beacons too.
            while box.unseal(datagram := sock.recv(65_536)) is None:
                pass
            return datagram.hex()

        yield next_beacon


@dataclass(frozen=True)
class Cost:
    """What a process has taken so far (Linux); `peak_mb` since `forget_peak`."""

    cpu_s: float
    memory_mb: float
    peak_mb: float

    @classmethod
    def of(cls, pid: int) -> "Cost":
        process = Path(f"/proc/{pid}")
        # The name may hold anything; the numbers come after its closing parenthesis.
        fields = process.joinpath("stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        lines = process.joinpath("status").read_text(encoding="utf-8").splitlines()
        status: Mapping[str, str] = dict(line.split(":", 1) for line in lines)
        ticks = int(fields[11]) + int(fields[12])
        memory_mb, peak_mb = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return cls(ticks / os.sysconf("SC_CLK_TCK"), memory_mb, peak_mb)

    @staticmethod
    def forget_peak(pid: int) -> None:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


# --- inside the process ---


def main() -> None:
    asyncio.run(_run(sys.argv[1], json.loads(sys.argv[2])))


async def _run(kind: str, settings: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), stopped.set)
    attacks: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
        "datagrams": _send_datagrams,
        "silence": _stay_silent,
        "drip": _drip,
        "handshakes": _shake_hands,
    }
    counts = Counter[str]()
    print(_UNDER_WAY, flush=True)
    begun_s = loop.time()
    work = asyncio.ensure_future(attacks[kind](counts, **settings))
    stop = asyncio.ensure_future(stopped.wait())
    await asyncio.wait({work, stop}, timeout=_LIFE_S, return_when=asyncio.FIRST_COMPLETED)
    counts["milliseconds"] = round((loop.time() - begun_s) * 1e3)
    if work.done():
        work.result()
    print(json.dumps(counts), flush=True)
    await asyncio.wait({stop}, timeout=_LIFE_S)
    # Connections that are still there go with the process, without ceremony.
    os._exit(0)


async def _send_datagrams(counts: Counter[str], *, per_s: int, seed: int, beacon: str, total: int = 0) -> None:
    """Junk of any size, junk that begins like a beacon, a real `beacon` word for word, and damaged copies of it."""
    noise = random.Random(seed)
    pool = [_datagram(noise, bytes.fromhex(beacon), number) for number in range(_POOL)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        async for _ in _paced(per_s, total):
            # A broadcast is heard by every program on this machine.
            sock.sendto(pool[counts["events"] % _POOL], (LOOPBACK_BROADCAST, DISCOVERY_PORT))
            counts["events"] += 1


def _datagram(noise: random.Random, beacon: bytes, number: int) -> bytes:
    match number % 4:
        case 0:
            return noise.randbytes(noise.choice([0, 1, 24, 40, 100, 128, 1_200, 9_000]))
        case 1:
            return MAGIC + noise.randbytes(noise.choice([0, 39, 41, 100, len(beacon) - len(MAGIC), 1_190]))
        case 2:
            return beacon
        case _:
            at = noise.randrange(len(beacon))
            return beacon[:at] + bytes([beacon[at] ^ (1 << noise.randrange(8))]) + beacon[at + 1 :]


async def _stay_silent(
    counts: Counter[str], *, port: int, count: int, per_s: int, total: int = 0, source: str = LOCALHOST
) -> None:
    """Keep `count` connections open and say nothing, opening another for each that is turned away."""
    await _crowd(lambda: _stranger(counts, source, port, b""), count, per_s, total)


async def _drip(
    counts: Counter[str], *, port: int, count: int, per_s: int, seed: int, total: int = 0, source: str = LOCALHOST
) -> None:
    """The same, and say the first message of a handshake a byte at a time."""
    noise = random.Random(seed)

    def stranger() -> Coroutine[Any, Any, None]:
        start = noise.randbytes(_HANDSHAKE_START_LENGTH_BYTES)
        return _stranger(counts, source, port, _HANDSHAKE_START_LENGTH_BYTES.to_bytes(2) + start)

    await _crowd(stranger, count, per_s, total)


async def _stranger(counts: Counter[str], source: str, port: int, words: bytes) -> None:
    reader, writer = await asyncio.open_connection(LOCALHOST, port, local_addr=(source, 0))
    counts["events"] += 1
    try:
        for word in words:
            if reader.at_eof() or writer.is_closing():
                break
            writer.write(bytes([word]))
            await asyncio.sleep(_DRIP_INTERVAL_S)
        await reader.read()
    finally:
        counts["turned away"] += 1
        writer.transport.abort()


async def _shake_hands(
    counts: Counter[str], *, port: int, room: str, keeps: bool, total: int = 0, source: str = LOCALHOST
) -> None:
    """Come in as one new member of the room after another, as fast as can be; with `keeps`, and stay."""
    room_key = room_key_from_name(room)
    kept: set[asyncio.Task[None]] = set()

    async def work() -> None:
        while not total or counts["events"] < total:
            counts["events"] += 1
            # Who is turned away within the handshake tries again.
            with suppress(OSError):
                await _member(counts, source, port, room_key, kept if keeps else None)

    await asyncio.gather(*(work() for _ in range(_WORKERS)))


async def _member(
    counts: Counter[str], source: str, port: int, room_key: bytes, kept: set[asyncio.Task[None]] | None
) -> None:
    device = DhKeyPair.from_private(os.urandom(32))
    identity = Identity(room_key, device, os.urandom(16), KeyPair.generate(), 0, "attacker")
    loop = asyncio.get_running_loop()
    session = Session(initiator=True, identity=identity, heads=HeadIndex(), ephemeral=os.urandom(32), now_s=loop.time())
    reader, writer = await asyncio.open_connection(LOCALHOST, port, local_addr=(source, 0))

    async def talk(is_done: Callable[[], bool]) -> None:
        while not is_done():
            writer.write(session.data_to_send())
            data = await reader.read(65_536)
            session.receive(data, loop.time())
            if not data:
                return
        writer.write(session.data_to_send())

    async def stay() -> None:
        counts["staying"] += 1
        try:
            await talk(lambda: session.is_closed)
        finally:
            counts["staying"] -= 1
            writer.transport.abort()

    try:
        await talk(lambda: session.peer is not None or session.is_closed)
        counts["members"] += session.peer is not None
    finally:
        if kept is None or session.peer is None or session.is_closed:
            writer.close()
        else:
            task = asyncio.create_task(stay())
            kept.add(task)
            task.add_done_callback(kept.discard)


async def _crowd(stranger: Callable[[], Coroutine[Any, Any, None]], count: int, per_s: int, total: int) -> None:
    there: set[asyncio.Task[None]] = set()
    async for _ in _paced(per_s, total):
        while len(there) >= count:
            await asyncio.wait(there, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(stranger())
        there.add(task)
        task.add_done_callback(there.discard)
        # However one of them ends, there is another.
        task.add_done_callback(asyncio.Task.exception)


async def _paced(per_s: int, total: int) -> AsyncIterator[None]:
    """So many a second, `total` of them or for ever; what is missed on a machine that is too slow is not made up."""
    loop = asyncio.get_running_loop()
    due_s, given = loop.time(), 0
    while not total or given < total:
        due_s = max(due_s, loop.time() - _BEHIND_MAX_S)
        while due_s <= loop.time() and (not total or given < total):
            yield
            due_s += 1 / per_s
            given += 1
        await asyncio.sleep(_TICK_S)

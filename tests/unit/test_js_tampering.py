"""Links with JavaScript peers on which somebody sits in between, or lies: nothing wrong gets in, what is right does."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multifeed import Multifeed, limits, merkle
from tests.helpers.feeds import copy_range, key_pair
from tests.helpers.js_room import Rooms, js_message, rooms_in, texts
from tests.helpers.swarms import LOOPBACK, until

_COUNT = 300


class _Between:
    """Passes on what goes by; of the first connections, with some bits changed."""

    def __init__(self, target: int, *, seed: int, altered: int) -> None:
        self.connection_count = 0
        self._target = target
        self._altered = altered
        self._chance = random.Random(seed)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self.connection_count
        self.connection_count += 1
        there_reader, there_writer = await asyncio.open_connection(LOOPBACK, self._target)
        # Each time a little later, so that everything is hit once.
        spared = [number * 150] * 2 if number < self._altered else None
        pumps = [self._pump(reader, there_writer, 0, spared), self._pump(there_reader, writer, 1, spared)]
        await asyncio.gather(*pumps)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int, spared: list[int] | None
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(4_096):
                writer.write(data if spared is None else self._changed(bytearray(data), way, spared))
                await writer.drain()
        writer.close()

    def _changed(self, data: bytearray, way: int, spared: list[int]) -> bytes:
        if len(data) > spared[way]:
            data[self._chance.randrange(spared[way], len(data))] ^= 1 << self._chance.randrange(8)
        spared[way] = max(spared[way] - len(data), 0)
        return bytes(data)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_changed_on_the_way_nothing_wrong_is_stored_and_all_comes_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # What is waited for in vain, after a length was changed, is waited for less long.
    for name, value in (("JS_IDLE_TIMEOUT_S", 0.6), ("JS_PING_INTERVAL_S", 0.2), ("HANDSHAKE_TIMEOUT_S", 0.6)):
        monkeypatch.setattr(limits, name, value)
    for name in ("DIAL_BACKOFF_MIN_S", "DIAL_BACKOFF_MAX_S"):
        monkeypatch.setattr(limits, name, 0.02)
    async with rooms_in(tmp_path) as rooms, rooms.js_peer("anna") as anna:
        anna.own.extend([js_message("anna", f"{number} of anna", number) for number in range(_COUNT)])
        between = _Between(anna.port, seed=seed, altered=8)
        async with between.listening() as port:
            alice = await rooms.share("alice", dials=(port,))
            hers = [alice.send(f"{number} of alice").text for number in range(20)]
            await until(lambda: between.connection_count > 4)
            await until(lambda: set(hers) <= anna.texts)
            await until(lambda: len(texts(alice)) == _COUNT + len(hers))
            assert {f"{number} of anna" for number in range(_COUNT)} < set(texts(alice))
            assert {feed.key for feed in alice._multi.feeds() if not feed.writable} == {anna.own.key}
            assert alice._multi.audit() == []
            assert anna.multi.audit() == []
            assert all(feed.conflict is None for feed in (*alice._multi.feeds(), *anna.multi.feeds()))
            said = (*rooms.notices["alice"], *anna.notices)
            assert any("was ended: " in notice or "is there, but" in notice for notice in said)
            await alice.close()


def _change(path: Path, statement: str, *values: object) -> None:
    """Have the disk of somebody hold what nobody has signed."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            assert connection.execute(statement, values).rowcount == 1
    finally:
        connection.close()


async def _is_turned_away(rooms: Rooms, key: bytes) -> None:
    """Whoever has what does not hold gives it to nobody, and it is said why; all else goes on."""
    alice = await rooms.share("alice")
    async with rooms.js_peer("liar", alice):
        await until(lambda: any("was ended" in notice for notice in rooms.notices["alice"]))
        async with rooms.js_peer("anna", alice) as anna:
            anna.say("honest")
            await until(lambda: "honest" in texts(alice))
        feed = alice._multi.candidate(key)
        assert 1 not in feed.held
        assert not any("mistake" in text for text in texts(alice))
        assert alice._multi.audit() == []


async def test_a_block_that_its_author_has_not_signed_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "liar.sqlite"
    with Multifeed.open(path, value_encoding="json") as multi:
        own = multi.writer("local")
        own.extend([js_message("anna", f"message {number}", number) for number in range(3)])
        block = own.block(1).replace(b"message", b"mistake")
    _change(path, "UPDATE blocks SET data = ? WHERE seq = 1", block)
    completed = merkle.leaf_hash(block)
    _change(path, "UPDATE blocks SET completed = CAST(? || substr(completed, 33) AS BLOB) WHERE seq = 1", completed)
    async with rooms_in(tmp_path) as rooms:
        await _is_turned_away(rooms, own.key)


async def test_a_head_that_its_author_has_not_signed_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "liar.sqlite"
    with (
        Multifeed.open(tmp_path / "author.sqlite", value_encoding="json") as author,
        Multifeed.open(path, value_encoding="json") as multi,
    ):
        source = author.writer("local", key_pair=key_pair(3))
        source.extend([js_message("berta", f"message {number}", number) for number in range(3)])
        copy_range(source, multi.add(source.key), 0, 3)
    _change(path, "UPDATE feeds SET signature = ? WHERE key = ?", key_pair(4).sign(b"another"), source.key)
    async with rooms_in(tmp_path) as rooms:
        await _is_turned_away(rooms, source.key)

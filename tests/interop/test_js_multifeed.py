"""Rooms shared with the JavaScript multifeed itself, over loopback."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from multifeed import Multifeed
from multifeed.hypercore9.peer import Policy
from multifeed.net.js_link import PUBLIC_KEY, JsBridge, open_doors
from multifeed.ranges import RangeSet
from tests.helpers.js_peers import JsPeer, js_peer, js_stranger, until
from tests.helpers.swarms import program

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

_HOST = "127.0.0.1"
_ROOM = bytes(range(32))


class Ours:
    """A store with a feed of its own, and what was heard on its links."""

    def __init__(self, multi: Multifeed) -> None:
        self.multi = multi
        self.own = multi.writer("local")
        self.notices: list[str] = []
        self.held: dict[bytes, RangeSet] = {}
        self.policy = Policy(offers=lambda _feed: True, on_held=self._on_held)

    def _on_held(self, key: bytes, theirs: RangeSet) -> None:
        self.held[key] = theirs

    def values(self, key: bytes) -> list[object]:
        """What is held of a feed, if it is all of it."""
        feed = self.multi.feed(key)
        return list(feed) if feed is not None and feed.held.covers(0, feed.length) else []

    @asynccontextmanager
    async def bridge(
        self, *, dials: int | None = None, port: int = 0, key: bytes = PUBLIC_KEY
    ) -> AsyncIterator[JsBridge]:
        """Linked with whoever dials us, or with who listens on a port."""
        doors, connect = (open_doors(port, ["lo"]), []) if dials is None else ([], [(_HOST, dials)])
        bridge = JsBridge(self.multi, self.policy, key=key, doors=doors, connect=connect, notice=self.notices.append)
        await bridge.start()
        try:
            yield bridge
        finally:
            await bridge.close()


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Ours]:
    with Multifeed.open(tmp_path / "ours.sqlite", value_encoding="json") as multi:
        yield Ours(multi)


@pytest.fixture
def third(tmp_path: Path) -> Iterator[Ours]:
    with Multifeed.open(tmp_path / "third.sqlite", value_encoding="json") as multi:
        yield Ours(multi)


def _messages(writer: str, count: int, start: int = 0) -> list[object]:
    return [
        {"type": "chat-message", "nickname": writer, "text": f"{writer} {n} ü"} for n in range(start, start + count)
    ]


@pytest.mark.parametrize("count", [1, 5, 129, 1000])
async def test_history_goes_both_ways_when_they_dial(ours: Ours, tmp_path: Path, count: int) -> None:
    ours.own.extend(_messages("ours", count))
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        theirs.append(_messages("theirs", count))
        await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", count))
        await until(lambda: ours.values(theirs.key) == _messages("theirs", count))

        assert not theirs.errors
        assert not ours.notices


async def test_history_goes_both_ways_when_we_dial(ours: Ours, tmp_path: Path) -> None:
    ours.own.extend(_messages("ours", 300))
    async with js_peer(tmp_path / "js") as theirs:
        theirs.append(_messages("theirs", 300))
        async with ours.bridge(dials=theirs.port):
            await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 300))
            await until(lambda: ours.values(theirs.key) == _messages("theirs", 300))

            assert not theirs.errors


async def test_what_is_written_while_linked_arrives_in_order(ours: Ours, tmp_path: Path) -> None:
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        await until(lambda: bool(bridge.links))
        for number in range(50):
            ours.own.append(_messages("ours", 1, number)[0])
            theirs.append(_messages("theirs", 1, number))
            await _arrived(ours, theirs, number + 1)
        await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 50))
        await until(lambda: ours.values(theirs.key) == _messages("theirs", 50))


async def _arrived(ours: Ours, theirs: JsPeer, count: int) -> None:
    await until(lambda: len(ours.values(theirs.key)) == len(theirs.blocks[ours.own.key]) == count)


async def test_a_thousand_messages_each_way_at_once_all_arrive(ours: Ours, tmp_path: Path) -> None:
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        await until(lambda: bool(bridge.links))
        for number in range(1000):
            ours.own.append(_messages("ours", 1, number)[0])
            theirs.append(_messages("theirs", 1, number))
        await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 1000))
        await until(lambda: ours.values(theirs.key) == _messages("theirs", 1000))

        assert not ours.notices
        assert not theirs.errors


async def test_long_messages_arrive_too(ours: Ours, tmp_path: Path) -> None:
    values: list[object] = [{"text": "x" * length} for length in (250_000, 1, 100_000) * 20]
    ours.own.extend(values)
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        theirs.append(values)
        await until(lambda: theirs.blocks[ours.own.key] == values)
        await until(lambda: ours.values(theirs.key) == values)

        assert not ours.notices


async def test_after_they_restart_it_goes_on(ours: Ours, tmp_path: Path) -> None:
    async with ours.bridge() as bridge:
        async with js_peer(tmp_path / "js", dials=bridge.port) as theirs:
            key = theirs.key
            theirs.append(_messages("theirs", 10))
            ours.own.extend(_messages("ours", 10))
            await until(lambda: len(ours.values(key)) == len(theirs.blocks[ours.own.key]) == 10)
        ours.own.extend(_messages("ours", 10, 10))
        async with js_peer(tmp_path / "js", dials=bridge.port) as theirs:
            theirs.append(_messages("theirs", 10, 10))
            await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 20))
            await until(lambda: ours.values(key) == _messages("theirs", 20))

            assert theirs.key == key


async def test_after_we_restart_it_goes_on(tmp_path: Path) -> None:
    async with js_peer(tmp_path / "js") as theirs:
        for number in range(0, 30, 10):
            await _run_for_a_while(tmp_path / "ours.sqlite", theirs, number)


async def _run_for_a_while(path: Path, theirs: JsPeer, start: int) -> None:
    """Open the store, write ten messages on each side, and see all there are arrive."""
    with Multifeed.open(path, value_encoding="json") as multi:
        ours = Ours(multi)
        async with ours.bridge(dials=theirs.port):
            ours.own.extend(_messages("ours", 10, start))
            theirs.append(_messages("theirs", 10, start))
            await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", start + 10))
            await until(lambda: ours.values(theirs.key) == _messages("theirs", start + 10))


async def test_whoever_is_gone_is_dialled_again(ours: Ours, tmp_path: Path) -> None:
    async with js_peer(tmp_path / "js") as theirs:
        port = theirs.port
    ours.own.extend(_messages("ours", 3))
    async with ours.bridge(dials=port):
        await until(lambda: bool(ours.notices))
        async with js_peer(tmp_path / "js", port=port) as theirs:
            await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 3))

    assert ours.notices == [f"nobody listens on 127.0.0.1:{port}"]


async def test_they_hear_of_each_other_through_us(ours: Ours, tmp_path: Path) -> None:
    async with ours.bridge() as bridge, js_peer(tmp_path / "one", dials=bridge.port) as one:
        one.append(_messages("one", 200))
        async with js_peer(tmp_path / "two", dials=bridge.port) as two:
            two.append(_messages("two", 200))
            await until(lambda: one.blocks[two.key] == _messages("two", 200))
            await until(lambda: two.blocks[one.key] == _messages("one", 200))

            assert not one.errors + two.errors


async def test_who_is_linked_with_us_alone_hears_of_them_and_they_of_it(tmp_path: Path) -> None:
    async with (
        program(tmp_path, 1, _ROOM) as middle,
        program(tmp_path, 2, _ROOM, peers=[middle.address]) as native,
        js_peer(tmp_path / "js") as theirs,
    ):
        bridge = JsBridge(middle.multi, Policy(lambda _feed: True), connect=[(_HOST, theirs.port)])
        await bridge.start()
        native.feed.extend([json.dumps(value).encode() for value in _messages("native", 200)])
        theirs.append(_messages("theirs", 200))
        await until(lambda: theirs.blocks[native.feed.key] == _messages("native", 200))
        await until(
            lambda: [json.loads(block) for block in _held(native.multi, theirs.key)] == _messages("theirs", 200)
        )
        await bridge.close()


def _held(multi: Multifeed, key: bytes) -> list[bytes]:
    """The blocks of a feed, if all of it is held."""
    feed = multi.feed(key)
    return feed.blocks(0, feed.length) if feed is not None and feed.held.covers(0, feed.length) else []


async def test_a_feed_that_is_new_here_is_offered_to_those_already_linked(
    ours: Ours, third: Ours, tmp_path: Path
) -> None:
    elsewhere = third.own
    elsewhere.extend(_messages("third", 70))
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        await until(lambda: bool(bridge.links))
        copy = ours.multi.candidate(elsewhere.key)
        copy.accept(30, elsewhere.blocks(30, 70), elsewhere.proof(30, 70))
        copy.accept(0, elsewhere.blocks(0, 30), elsewhere.proof(0, 30))
        await until(lambda: theirs.blocks[elsewhere.key] == _messages("third", 70))


async def test_only_feeds_that_are_offered_reach_them(ours: Ours, tmp_path: Path) -> None:
    ours.policy = Policy(offers=lambda feed: feed.key != ours.own.key)
    ours.own.extend(_messages("ours", 3))
    second = ours.multi.writer("second")
    second.extend(_messages("second", 3))
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        await until(lambda: theirs.blocks[second.key] == _messages("second", 3))

        assert ours.own.key not in theirs.blocks


async def test_we_hear_that_our_blocks_have_arrived(ours: Ours, tmp_path: Path) -> None:
    ours.own.extend(_messages("ours", 40))
    async with ours.bridge() as bridge, js_peer(tmp_path / "js", dials=bridge.port):
        await until(lambda: ours.own.key in ours.held and ours.held[ours.own.key].covers(0, 40))


async def test_with_another_key_nothing_is_shared(ours: Ours, tmp_path: Path) -> None:
    ours.own.extend(_messages("ours", 3))
    async with ours.bridge(key=bytes(range(32))) as bridge, js_peer(tmp_path / "js", dials=bridge.port) as theirs:
        theirs.append(_messages("theirs", 3))
        await until(lambda: bool(ours.notices))

        assert "another key for the room" in ours.notices[0]
        assert ours.own.key not in theirs.blocks
        assert ours.multi.feeds() == [ours.own]


async def test_with_the_same_secret_key_all_is_shared(ours: Ours, tmp_path: Path) -> None:
    key = bytes(range(1, 33))
    ours.own.extend(_messages("ours", 3))
    async with ours.bridge(key=key) as bridge, js_peer(tmp_path / "js", dials=bridge.port, key=key) as theirs:
        await until(lambda: theirs.blocks[ours.own.key] == _messages("ours", 3))


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        ({"client": "MULTIFEED", "version": "3.0.0"}, 'version "3.0.0" of multifeed'),
        ({"client": "MULTIFEED"}, "version nothing of multifeed"),
        ({"client": "OTHER", "version": "4.0.0"}, 'no MULTIFEED but "OTHER"'),
        (None, "does not say what it is"),
    ],
)
async def test_who_is_no_multifeed_of_our_version_is_told_apart(ours: Ours, greeting: object, reason: str) -> None:
    async with ours.bridge() as bridge, js_stranger(bridge.port, greeting):
        await until(lambda: bool(ours.notices))

        assert reason in ours.notices[0]
        assert not bridge.links

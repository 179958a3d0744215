"""Links as JavaScript peers have them, over loopback: made, lost, made again, refused."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multifeed import Multifeed, limits
from multifeed.errors import InvalidArgumentError, ListenError, MissingLibraryError
from multifeed.hypercore9.peer import Policy
from multifeed.net.js_link import PUBLIC_KEY, JsBridge, open_doors
from tests.helpers.feeds import numbered_blocks, open_multifeeds, written
from tests.helpers.js_pair import offers_all, values
from tests.helpers.js_peers import until

_HOST = "127.0.0.1"


@pytest.fixture
def stores() -> Iterator[list[Multifeed]]:
    with open_multifeeds(3) as multis:
        yield multis


@asynccontextmanager
async def _bridge(
    multi: Multifeed,
    notices: list[str] | None = None,
    *,
    key: bytes = PUBLIC_KEY,
    listen: int | None = None,
    connect: tuple[int, ...] = (),
) -> AsyncIterator[JsBridge]:
    bridge = JsBridge(
        multi,
        Policy(offers_all),
        key=key,
        doors=() if listen is None else open_doors(listen, ["lo"]),
        connect=[(_HOST, port) for port in connect],
        notice=(notices if notices is not None else []).append,
    )
    await bridge.start()
    try:
        yield bridge
    finally:
        await bridge.close()


async def test_two_share_what_they_have_and_what_is_written_later(stores: list[Multifeed]) -> None:
    one, other = written(stores[0], 0, numbered_blocks(300)), written(stores[1], 1, numbered_blocks(300))
    async with _bridge(stores[0], listen=0) as there, _bridge(stores[1], connect=(there.port,)):
        await until(lambda: len(values(stores[0].feeds())) == len(values(stores[1].feeds())) == 2)
        one.append(b"one more")
        other.append(b"one more")
        await until(lambda: values(stores[0].feeds()) == values([one, other]))
        await until(lambda: values(stores[1].feeds()) == values([other, one]))


async def test_a_link_that_is_lost_is_made_again(stores: list[Multifeed]) -> None:
    feed = written(stores[0], 0, numbered_blocks(3))
    async with _bridge(stores[0], listen=0) as there:
        port = there.port
        async with _bridge(stores[1], connect=(port,)) as here:
            await until(lambda: bool(here.links))
            here.links[0].abort()
            await until(lambda: not here.links)
            feed.append(b"one more")
            await until(lambda: values(stores[1].feeds()) == values([feed]))


async def test_whoever_is_not_there_is_named_once_and_tried_again(stores: list[Multifeed]) -> None:
    feed = written(stores[0], 0, numbered_blocks(3))
    notices: list[str] = []
    async with _bridge(stores[0], listen=0) as there:
        port = there.port
    async with _bridge(stores[1], notices, connect=(port,)):
        await until(lambda: bool(notices))
        async with _bridge(stores[0], listen=port):
            await until(lambda: values(stores[1].feeds()) == values([feed]))

    assert notices == [f"nobody listens on 127.0.0.1:{port}"]


async def test_with_another_key_the_link_ends_and_both_say_why(stores: list[Multifeed]) -> None:
    notices: list[str] = []
    async with (
        _bridge(stores[0], notices, listen=0) as there,
        _bridge(stores[1], notices, connect=(there.port,), key=bytes(32)),
    ):
        await until(lambda: len(notices) >= 2)

    assert set(notices) == {
        "the link with the JavaScript peer at 127.0.0.1 was ended: the peer has another key for the room"
    }


async def test_whoever_talks_something_else_is_turned_away(stores: list[Multifeed]) -> None:
    notices: list[str] = []
    async with _bridge(stores[0], notices, listen=0) as there:
        reader, writer = await asyncio.open_connection(_HOST, there.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n" + bytes(100))
        await reader.read()
        writer.close()
        await until(lambda: bool(notices))

    assert "does not speak hypercore's protocol" in notices[0]


async def test_there_are_only_so_many_links(stores: list[Multifeed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JS_LINKS_MAX", 1)
    async with _bridge(stores[0], listen=0) as there, _bridge(stores[1], connect=(there.port,)) as first:
        await until(lambda: bool(first.links))
        reader, writer = await asyncio.open_connection(_HOST, there.port)
        with contextlib.suppress(ConnectionError):
            assert not await reader.read()
        writer.close()

        assert len(there.links) == 1


async def test_whoever_comes_by_another_network_is_turned_away(stores: list[Multifeed]) -> None:
    bridge = JsBridge(stores[0], Policy(offers_all), doors=open_doors(0, ["lo"]), interfaces=["nosuch0"])
    await bridge.start()
    reader, writer = await asyncio.open_connection(_HOST, bridge.port)
    with contextlib.suppress(ConnectionError):
        assert not await reader.read()
    writer.close()
    assert not bridge._links
    await bridge.close()


async def test_a_port_that_is_taken_is_said_to_be(stores: list[Multifeed]) -> None:
    async with _bridge(stores[0], listen=0) as there:
        with pytest.raises(ListenError, match=f"TCP port {there.port} for JavaScript peers"):
            async with _bridge(stores[1], listen=there.port):
                pass


async def test_without_the_cipher_it_says_what_to_install(
    stores: list[Multifeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "Crypto.Cipher.Salsa20", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'multichat\[js\]'"):
        JsBridge(stores[0], Policy(offers_all))


async def test_a_key_of_another_length_is_none(stores: list[Multifeed]) -> None:
    with pytest.raises(InvalidArgumentError):
        JsBridge(stores[0], Policy(offers_all), key=bytes(31))

"""Whoever is in the door: while a swarm is closed, and gone again before it is asked who it is."""

import asyncio
import gc
import os
import socket
from pathlib import Path

import pytest

from multifeed.net.listener import bind_listener, close_server
from tests.helpers.swarms import LOOPBACK, program

# In how many turns of the loop a connection gets from the port to its link, and some more.
_TURNS = range(7)


def _is_ended(client: socket.socket) -> bool:
    """Whether the other side has closed or reset a connection, within the client's patience."""
    try:
        while client.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def _connected(port: int) -> socket.socket:
    client = socket.create_connection((LOOPBACK, port), timeout=10)
    client.settimeout(5)
    return client


@pytest.mark.parametrize("turns", _TURNS)
async def test_whoever_comes_in_while_the_swarm_closes_is_not_kept_waiting(tmp_path: Path, turns: int) -> None:
    async with program(tmp_path, 1, os.urandom(32)) as running:
        clients = [_connected(running.swarm.port) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        await running.swarm.close()
        ended = [_is_ended(client) for client in clients]
        for client in clients:
            client.close()
    # A connection that nobody has closed says so when it is collected, and warnings are errors.
    gc.collect()
    assert all(ended)


class _Gone(asyncio.Transport):
    """A connection whose other side had reset it before anybody asked for its address."""

    is_aborted = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 1) if name == "sockname" else default

    def abort(self) -> None:
        self.is_aborted = True


async def test_a_dial_that_is_answered_with_a_reset_comes_to_nothing(tmp_path: Path) -> None:
    async with program(tmp_path, 1, os.urandom(32)) as running:
        running.swarm.connect((LOOPBACK, 1))
        (address,) = running.swarm._addresses
        link, transport = running.swarm._new_link(address), _Gone()
        link.connection_made(transport)
        assert transport.is_aborted
        link.connection_lost(None)
        assert not running.swarm._connections


class _Protocol(asyncio.Protocol):
    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


@pytest.mark.parametrize("turns", _TURNS)
async def test_a_server_that_closes_hands_over_what_it_has_accepted(turns: int) -> None:
    loop = asyncio.get_running_loop()
    protocols: list[_Protocol] = []

    def make_protocol() -> _Protocol:
        protocols.append(_Protocol())
        return protocols[-1]

    server = await loop.create_server(make_protocol, sock=bind_listener(0))
    client = _connected(server.sockets[0].getsockname()[1])
    for _ in range(turns):
        await asyncio.sleep(0)
    await close_server(server)
    await asyncio.sleep(0)
    transports = [protocol.transport for protocol in protocols]
    assert None not in transports
    assert transports or _is_ended(client)
    for transport in filter(None, transports):
        transport.close()
    client.close()
    await asyncio.sleep(0)
    gc.collect()

"""Links with JavaScript peers: sockets, dials and clocks around `hypercore9.Peer`.

Owns the connections, how they are made again, and the time. Knows nothing of messages: which feeds are shared, and what
becomes of what is heard, is in the policy.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, cast

from multifeed import limits
from multifeed.errors import ListenError
from multifeed.feed import Feed
from multifeed.hypercore9.intake import Intake
from multifeed.hypercore9.peer import Peer, Policy
from multifeed.hypercore9.salsa import require_cipher
from multifeed.hypercore9.transport import ENTROPY_LENGTH_BYTES
from multifeed.keys import require_key
from multifeed.multifeed import Multifeed
from multifeed.net.interfaces import interface_addresses, is_on
from multifeed.net.listener import bind_listener, close_server
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome, outcome_of

# The key that multifeed has when it is given none; it is in its source, so that anybody can read what goes by.
PUBLIC_KEY: Final = bytes.fromhex("bee80ff3a4ee5e727dc44197cb9d25bf8f19d50b0f3ad2984cfe5b7d14e75de7")

# What may be said to somebody who reads it, when a dial fails.
_FAILURES: Final = {
    Outcome.NO_SUCH_HOST: "there is no host {host!r}",
    Outcome.NO_ROUTE: "cannot reach {host}:{port}",
    Outcome.REFUSED: "nobody listens on {host}:{port}",
}

# Hosts of which it is remembered why their last link was ended, so that it is said once and not at every try.
_HOSTS_TOLD_MAX: Final = 64


def open_doors(port: int, interfaces: Collection[str] = ()) -> list[socket.socket]:
    """Sockets for JavaScript peers to come in by, on one TCP port; 0 is any.

    Where all `interfaces` are this machine's own, nothing else reaches them. Raises ListenError.
    """
    addresses = interface_addresses(interfaces) if interfaces else []
    is_inside = bool(addresses) and all(address.address.is_loopback for address in addresses)
    try:
        return _bind_inside(port) if is_inside else [bind_listener(port)]
    except OSError as error:
        raise ListenError(f"cannot listen on TCP port {port} for JavaScript peers: {error.strerror}") from error


def _bind_inside(port: int) -> list[socket.socket]:
    """Over IPv4, and over IPv6 where there is any. Raises OSError."""
    doors = [socket.create_server(("127.0.0.1", port))]
    with contextlib.suppress(OSError):
        doors.append(socket.create_server(("::1", doors[0].getsockname()[1]), family=socket.AF_INET6))
    return doors


class JsLink(asyncio.BufferedProtocol):
    """One connection and its peer. It reads a bounded piece at a time."""

    def __init__(self, bridge: "JsBridge", address: HostPort | None) -> None:
        self._bridge = bridge
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._goes_on = False
        self._buffer = bytearray(limits.READ_LENGTH_MAX_BYTES)
        self._loop = asyncio.get_running_loop()
        # What was dialled for it; None if the other side did.
        self.address = address
        self.peer: Peer = bridge.new_peer(self._loop.time(), initiator=address is not None)
        self.ended = asyncio.Event()
        # The addresses of both sides, also when the connection is gone again.
        self.local_host = self.remote_host = ""

    def update(self) -> None:
        """Bring the peer up to date with what is here, and send what it has to say."""
        self.peer.poll(self._loop.time())
        self.flush()

    def flush(self) -> None:
        """Send what there is to send; when the link has ended, that and no more."""
        if self._transport is None:
            return
        if self.peer.has_data_to_send:
            self._transport.write(self.peer.data_to_send(self._loop.time()))
        if self.peer.is_closed:
            self._transport.close()
        elif self._transport.get_write_buffer_size() > limits.LINK_BUFFER_MAX_BYTES:
            # It has not read for long; what waits for it would only grow.
            self.abort()
        elif self.peer.has_unread or self.peer.has_work:
            self._go_on_soon()
        self._set_timer()

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def _go_on_soon(self) -> None:
        """Go on after others have had their turn."""
        if not self._goes_on:
            self._goes_on = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._goes_on = False
        if self._transport is None or self.peer.is_closed:
            return
        if self.peer.has_unread:
            self._receive(b"")
        else:
            self.update()

    def _receive(self, data: bytes) -> None:
        was_ready = self.peer.is_ready
        self.peer.receive(data, self._loop.time(), frame_max=limits.MESSAGES_PER_READ_MAX)
        if self.peer.is_ready and not was_ready:
            self._bridge.link_ready(self)
        self.update()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if self._transport is None else self._loop.call_at(self.peer.next_timeout_s(), self._on_time)

    def _on_time(self) -> None:
        self.peer.handle_timeout(self._loop.time())
        self.flush()

    # --- called by asyncio ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to talk."""
        self._transport = cast("asyncio.Transport", transport)
        if (peername := self._transport.get_extra_info("peername")) is None:
            # The other side was gone before it could be asked who it is.
            self.abort()
            return
        self.local_host = str(self._transport.get_extra_info("sockname")[0])
        self.remote_host = str(peername[0])
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport.set_write_buffer_limits(limits.LINK_BUFFER_HIGH_BYTES, limits.LINK_BUFFER_LOW_BYTES)
        if self._bridge.link_made(self):
            self.flush()
        else:
            self.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand bytes to the peer, and send what comes of them."""
        self._receive(bytes(memoryview(self._buffer)[:nbytes]))

    def eof_received(self) -> bool:
        """The other side sends no more; the transport then closes itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the bridge, once."""
        del exc
        while self.peer.has_unread and not self.peer.is_closed:
            self.peer.receive(b"", self._loop.time())
        self.peer.receive_eof()
        self._transport = None
        self._set_timer()
        self._bridge.link_lost(self)
        self.ended.set()

    def pause_writing(self) -> None:
        """The other side reads slower than we write."""
        self.peer.is_paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self.peer.is_paused = False
        self.update()


class JsBridge:
    """Shares feeds of `multi` with JavaScript peers: those that come in by `doors`, and those at `connect`.

    `policy` says which. With `interfaces`, only who reaches one of them comes in. `notice` hears in words why a link
    was ended or cannot be made, `changed` that there are more links or fewer. The doors are its own to close. Raises
    MissingLibraryError if the cipher is not installed, InvalidArgumentError for a wrong key.
    """

    def __init__(
        self,
        multi: Multifeed,
        policy: Policy,
        *,
        key: bytes = PUBLIC_KEY,
        doors: Sequence[socket.socket] = (),
        interfaces: Collection[str] = (),
        connect: Collection[HostPort] = (),
        notice: Callable[[str], None] = lambda _text: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        require_cipher()
        require_key(key, "the key of a room with JavaScript peers")
        # Where others reach us; 0 if they do not.
        self.port: int = doors[0].getsockname()[1] if doors else 0
        self._multi = multi
        self._policy = policy
        self._key = key
        self._doors = doors
        self._interfaces = interfaces
        self._connect = tuple(dict.fromkeys(connect))
        self._notice = notice
        self._changed = changed
        self._intake = Intake(multi, policy.on_flood)
        self._links: list[JsLink] = []
        # All connections that there are, also those that were refused and will be gone in a moment.
        self._connections: set[JsLink] = set()
        self._is_closing = False
        self._servers: list[asyncio.Server] = []
        self._dials: list[asyncio.Task[None]] = []
        self._stop_listening: Callable[[], None] | None = None
        self._updates_on = False
        # Why the last dial of an address was of no use, and why the last link with a host was ended.
        self._failures: dict[HostPort, str] = {}
        self._told_ends: dict[str, str] = {}

    @property
    def links(self) -> list[JsLink]:
        """The links whose peers have shown that they are of this room."""
        return [link for link in self._links if link.peer.is_ready]

    @property
    def failures(self) -> Mapping[HostPort, str]:
        """Why there is no link with which of the addresses that are dialled."""
        return self._failures

    async def start(self) -> None:
        """Listen and dial, from now on until `close`."""
        loop = asyncio.get_running_loop()
        for door in self._doors:
            self._servers.append(await loop.create_server(lambda: self._new_link(None), sock=door))
        self._stop_listening = self._multi.listen(self._on_change)
        self._dials = [asyncio.create_task(self._keep_dialling(address)) for address in self._connect]

    async def close(self) -> None:
        """End all links, and make no more."""
        self._is_closing = True
        if self._stop_listening is not None:
            self._stop_listening()
        for dial in self._dials:
            dial.cancel()
        await asyncio.gather(*self._dials, return_exceptions=True)
        for server in self._servers:
            await close_server(server)
        for door in self._doors:
            door.close()
        links = list(self._connections)
        for link in links:
            link.peer.close("")
            link.flush()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.GOODBYE_TIMEOUT_S):
                await asyncio.gather(*(link.ended.wait() for link in links))
        for link in links:
            link.abort()

    # --- dialling ---

    async def _keep_dialling(self, address: HostPort) -> None:
        """Dial, and dial again when the link is lost; ever later while it is of no use."""
        pause_s = limits.DIAL_BACKOFF_MIN_S
        while True:
            is_good = await self._dial(address)
            pause_s = limits.DIAL_BACKOFF_MIN_S if is_good else min(2 * pause_s, limits.DIAL_BACKOFF_MAX_S)
            await asyncio.sleep(pause_s)

    async def _dial(self, address: HostPort) -> bool:
        """One connection, until it is lost; whether it was of use."""
        loop = asyncio.get_running_loop()
        host, port = address
        try:
            async with asyncio.timeout(limits.DIAL_TIMEOUT_S):
                _, link = await loop.create_connection(lambda: self._new_link(address), host, port)
        except (OSError, TimeoutError) as error:
            failure = _FAILURES.get(outcome_of(error), "{host}:{port} does not answer")
            self._failed(address, failure.format(host=host, port=port))
            return False
        made_at_s = loop.time()
        await link.ended.wait()
        if not link.peer.is_ready:
            why = link.peer.reason or "it ends each link before anything is said; its key may be another"
            self._failed(address, f"{host}:{port} is there, but {why}", is_told=link.peer.error is not None)
            return False
        return loop.time() - made_at_s > limits.LINK_PROVES_GOOD_AFTER_S or not link.peer.reason

    def _failed(self, address: HostPort, text: str, *, is_told: bool = False) -> None:
        """A dial was of no use; it is said once, if it is not `is_told` already why."""
        if self._failures.get(address) != text:
            self._failures[address] = text
            if not is_told:
                self._notice(text)

    # --- what is new here ---

    def _on_change(self, feed: Feed, start: int, end: int) -> None:
        for link in self._links:
            link.peer.changed(feed, start, end)
        self._update_soon()

    def _update_soon(self) -> None:
        """Once for all that changes in one go; what came over one link is soon wanted on another."""
        if not self._updates_on:
            self._updates_on = True
            asyncio.get_running_loop().call_soon(self._update)

    def _update(self) -> None:
        self._updates_on = False
        for link in list(self._links):
            link.update()

    def _ended(self, host: str, reason: str) -> None:
        """A link was ended for what the other side did; it is said once, however often it comes again."""
        if self._told_ends.pop(host, None) != reason:
            self._notice(f"the link with the JavaScript peer at {host} was ended: {reason}")
        self._told_ends[host] = reason
        while len(self._told_ends) > _HOSTS_TOLD_MAX:
            del self._told_ends[next(iter(self._told_ends))]

    def _look_again(self) -> None:
        for link in self._links:
            link.peer.look_again()
        self._update_soon()

    # --- called by links ---

    def new_peer(self, now_s: float, *, initiator: bool) -> Peer:
        """The peer for a new connection."""
        return Peer(
            self._multi,
            self._policy,
            initiator=initiator,
            room_key=self._key,
            intake=self._intake,
            entropy=secrets.token_bytes(ENTROPY_LENGTH_BYTES),
            now_s=now_s,
        )

    def _new_link(self, address: HostPort | None) -> JsLink:
        link = JsLink(self, address)
        self._connections.add(link)
        return link

    def link_made(self, link: JsLink) -> bool:
        """A connection was made; whether it may be, and there is room for it."""
        if self._is_closing or len(self._links) >= limits.JS_LINKS_MAX:
            return False
        if self._interfaces and link.address is None and not is_on(link.local_host, self._interfaces):
            return False
        self._links.append(link)
        return True

    def link_ready(self, link: JsLink) -> None:
        """The other side has shown that it is of this room."""
        self._told_ends.pop(link.remote_host, None)
        if link.address is not None:
            self._failures.pop(link.address, None)
        self._changed()

    def link_lost(self, link: JsLink) -> None:
        """The connection is gone; what was asked for over it can be asked for elsewhere."""
        self._connections.discard(link)
        if link not in self._links:
            return
        self._links.remove(link)
        if link.peer.error is not None:
            self._ended(link.remote_host, link.peer.reason)
        self._look_again()
        self._changed()

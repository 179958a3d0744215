"""One TCP connection: moves bytes between a socket and a session.

Owns the transport and how much may wait in it. Knows nothing of messages or feeds: what happens is the swarm's to
handle.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol, cast

from multifeed import limits
from multifeed.net.addresses import Address
from multifeed.protocol.events import Event
from multifeed.protocol.session import Session


class LinkOwner(Protocol):
    """Who is told what happens on a link."""

    def link_made(self, link: "Link") -> bool:
        """A connection was made; whether to keep it."""
        ...

    def link_events(self, link: "Link", events: list[Event]) -> None:
        """Bytes came in, and this came of them."""
        ...

    def link_paused(self, link: "Link", *, paused: bool) -> None:
        """The other side does not take what it is sent, or does again."""
        ...

    def link_lost(self, link: "Link") -> None:
        """The connection is gone, also one that was not to be kept."""
        ...


class Link(asyncio.BufferedProtocol):
    """A connection and its session. It reads a bounded piece at a time, and none while `hold` is on."""

    def __init__(self, make_session: Callable[[], Session], owner: LinkOwner, address: Address | None) -> None:
        self._make_session = make_session
        # What was dialled; None for a connection that came in.
        self.address = address
        self.made_at_s = asyncio.get_running_loop().time()
        # When the other side proved who it is.
        self.established_at_s: float | None = None
        # The other side has said goodbye.
        self.is_dismissed = False
        # The address of the other side, once there is a connection, and when it is gone again too.
        self.remote_host = ""
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._closing_timer: asyncio.TimerHandle | None = None
        self._buffer = bytearray(limits.READ_LENGTH_MAX_BYTES)
        self._is_held = False
        self._reads_on = False
        self._is_refused = False

    @cached_property
    def session(self) -> Session:
        """What is said on this connection; made when it is wanted: whoever is refused at the door costs little."""
        return self._make_session()

    @property
    def local_host(self) -> str:
        """Our address on this connection."""
        assert self._transport is not None
        return str(self._transport.get_extra_info("sockname")[0])

    def lasted_s(self, now_s: float) -> float:
        """How long the other side has been known to be of the room."""
        return 0.0 if self.established_at_s is None else now_s - self.established_at_s

    def handle_timeout(self, now_s: float) -> list[Event]:
        """Do what is due in the session."""
        return self.session.handle_timeout(now_s, time_s=_clock_s())

    def hold(self, *, held: bool) -> None:
        """Read nothing more for now, or go on."""
        if held == self._is_held or self._transport is None or self._transport.is_closing():
            return
        self._is_held = held
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def flush(self) -> None:
        """Send what the session has to send; once it is closed, that and no more."""
        if self._transport is None:
            return
        if self.session.has_data_to_send:
            self._transport.write(self.session.data_to_send())
        if self.session.is_closed:
            self._close()
        elif self._transport.get_write_buffer_size() > limits.LINK_BUFFER_MAX_BYTES:
            # It has not read for long; what waits for it would only grow.
            self.abort()

    def _close(self) -> None:
        """End the connection once the last words are sent; a peer that does not take them is not waited for."""
        if self._transport is not None and self._closing_timer is None:
            self._transport.close()
            loop = asyncio.get_running_loop()
            self._closing_timer = loop.call_later(limits.GOODBYE_TIMEOUT_S, self.abort)

    @property
    def is_stranger(self) -> bool:
        """Whether the other side has not shown yet that it knows the room."""
        return self.session.peer is None and not self.session.is_closed

    def turn_away(self) -> None:
        """End the connection with a stranger, without a word."""
        self.session.close("")
        self.abort()

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    # --- called by asyncio ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to talk."""
        self._transport = cast("asyncio.Transport", transport)
        if (peername := self._transport.get_extra_info("peername")) is None:
            # The other side was gone before it could be asked who it is.
            self._refuse()
            return
        self.remote_host = str(peername[0])
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport.set_write_buffer_limits(limits.LINK_BUFFER_HIGH_BYTES, limits.LINK_BUFFER_LOW_BYTES)
        if self._owner.link_made(self):
            self.flush()
        else:
            self._refuse()

    def _refuse(self) -> None:
        self._is_refused = True
        self.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read to."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand bytes to the session, and on what comes of them."""
        if self._is_refused:
            return
        data = bytes(memoryview(self._buffer)[:nbytes])
        self._receive(data)

    def read_on_soon(self) -> None:
        """Go on with what has been read and was too much for one go, after others have had their turn."""
        if not self._reads_on:
            self._reads_on = True
            asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        self._reads_on = False
        if self.session.has_unread:
            self._receive(b"")

    def _receive(self, data: bytes) -> None:
        now_s = asyncio.get_running_loop().time()
        events = self.session.receive(data, now_s, time_s=_clock_s(), message_max=limits.MESSAGES_PER_READ_MAX)
        self._owner.link_events(self, events)

    def eof_received(self) -> bool:
        """The other side sends no more; the transport then closes itself."""
        if not self._is_refused:
            self._end()
        return False

    def _end(self) -> None:
        unread = self.session.receive(b"", asyncio.get_running_loop().time()) if self.session.has_unread else []
        self._owner.link_events(self, unread + self.session.receive_eof())

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner, once."""
        del exc
        if not self._is_refused:
            self._end()
        self._transport = None
        # After all that could set it: it holds the link, and would keep it in memory.
        if self._closing_timer is not None:
            self._closing_timer.cancel()
            self._closing_timer = None
        self._owner.link_lost(self)

    def pause_writing(self) -> None:
        """The other side reads slower than we write."""
        self._owner.link_paused(self, paused=True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._owner.link_paused(self, paused=False)


def _clock_s() -> int:
    """What this machine's clock shows: seconds since 1970."""
    return int(time.time())

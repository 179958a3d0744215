"""Dialling: who is dialled and when, and what is said of those who cannot be reached.

Owns the addresses, the dials that are under way, and whom of a large room to be linked with. What a connection becomes
is its caller's business.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, Final

from multifeed import limits
from multifeed.net.addresses import Address, AddressBook
from multifeed.net.link import Link
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome, outcome_of
from multifeed.net.pairs import Pairs
from multifeed.net.probe import other_version_at
from multifeed.protocol.events import Peer
from multifeed.topology import Topology

_FAILURES: Final = {
    Outcome.NO_SUCH_HOST: "there is no host {host!r}",
    Outcome.NO_ROUTE: "cannot reach {host}:{port}",
    Outcome.REFUSED: "nobody listens on {host}:{port}",
    Outcome.NO_ANSWER: "{host}:{port} does not answer",
    Outcome.NOT_OF_THIS_ROOM: "{host}:{port} is in another room",
    Outcome.ANOTHER_VERSION: "{host}:{port} runs another version of this program, and the two cannot talk",
}
_NOT_OURS: Final = (Outcome.NOT_OF_THIS_ROOM, Outcome.ANOTHER_VERSION)


class Dialler:
    """Of one program, which has the links in `pairs`.

    `connect` makes a connection to an address or raises; `notice` hears of failures, `changed` that something is due.
    """

    def __init__(
        self,
        room_key: bytes,
        pairs: Pairs,
        topology: Topology,
        *,
        connect: Callable[[Address], Coroutine[Any, Any, object]],
        notice: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self.addresses = AddressBook()
        # When the next dial is due; None if none is.
        self.due_s: float | None = None
        self._room_key = room_key
        self._pairs = pairs
        self._topology = topology
        self._connect = connect
        self._notice = notice
        self._changed = changed
        self._dials: set[asyncio.Task[None]] = set()
        # Of these it is said when they cannot be reached: who gave them wants to know.
        self._asked_for: set[HostPort] = set()
        self._told: dict[HostPort, Outcome] = {}
        self._known: set[bytes] = set()
        self._wanted_ids: Collection[bytes] = frozenset()
        # Of what the next dial depends on.
        self._state: object = None

    def add_by_hand(self, asked_for: Iterable[HostPort], remembered: Iterable[HostPort]) -> None:
        """Addresses that are tried for as long as the program runs; of those asked for, failures are told."""
        self._asked_for.update(asked_for)
        for host_port in (*self._asked_for, *remembered):
            self.addresses.add_by_hand(host_port)

    def connect(self, host_port: HostPort) -> None:
        """Dial an address given by hand, now, and keep trying."""
        self._told.pop(host_port, None)
        self.add_by_hand((host_port,), ())
        self._changed()

    async def close(self) -> None:
        """Dial no more."""
        for dial in self._dials:
            dial.cancel()
        await asyncio.gather(*self._dials, return_exceptions=True)

    # --- whom ---

    def everybody(self) -> set[bytes]:
        """All of the room that are known, by instance id."""
        return self.addresses.known() | self._pairs.ids

    def rotate(self) -> Collection[bytes]:
        """In a ring, want others at random; all who are wanted now."""
        self._topology.rotate()
        self._wanted_ids = self._topology.wanted(self.everybody())
        return self._wanted_ids

    def dial_due(self, now_s: float) -> None:
        """Dial whoever is due. In a large room that is looked for only when something has changed, or the time come."""
        is_due = self.due_s is not None and now_s >= self.due_s
        if not is_due and self._state == self._now_state():
            return
        while self._may_dial and (address := self.addresses.due(now_s, self._pairs.ids, self.wanted())) is not None:
            self._start(self._dial(address))
        self.due_s = self.addresses.next_due_s(self._pairs.ids, self.wanted()) if self._may_dial else None
        self._state = self._now_state()

    def _now_state(self) -> object:
        return self.addresses.changes, len(self._dials), tuple(self._pairs.ids), self._wanted_ids

    @property
    def _may_dial(self) -> bool:
        return len(self._pairs) + len(self._dials) < limits.LINKS_MAX

    def wanted(self) -> Collection[bytes]:
        """Whom to be linked with, of all who are known."""
        everybody = self.everybody()
        if everybody != self._known:
            self._known = everybody
            self._wanted_ids = self._topology.wanted(everybody)
        return self._wanted_ids

    # --- what comes of it ---

    def reached(self, address: Address, peer: Peer, *, is_own: bool) -> None:
        """Somebody of the room has answered there."""
        self.addresses.reached(address, peer.instance_id, is_own=is_own)
        address.outcome, address.agent = Outcome.MET, peer.agent
        self._told.pop(address.host_port, None)

    def ended(self, link: Link, now_s: float) -> None:
        """A link that was dialled has ended."""
        address, peer = link.address, link.session.peer
        assert address is not None, "it was dialled"
        self.addresses.ended(address)
        if link.lasted_s(now_s) >= limits.LINK_PROVES_GOOD_AFTER_S:
            self.addresses.proved_good(address)
        elif peer is None or link.is_dismissed:
            self.addresses.failed(address, now_s)
        if peer is None:
            self._unanswered(address, is_silent=now_s >= link.made_at_s + limits.HANDSHAKE_TIMEOUT_S)

    async def _dial(self, address: Address) -> None:
        try:
            async with asyncio.timeout(limits.DIAL_TIMEOUT_S):
                await self._connect(address)
        except (OSError, UnicodeError) as error:
            self.addresses.ended(address)
            self.addresses.failed(address, asyncio.get_running_loop().time())
            self._failed(address, outcome_of(error))
            self._changed()

    def _failed(self, address: Address, outcome: Outcome) -> None:
        address.outcome = outcome
        host_port = address.host_port
        if host_port in self._asked_for and self._told.get(host_port) != outcome:
            self._told[host_port] = outcome
            host, port = host_port
            self._notice(f"{_FAILURES[outcome].format(host=host, port=port)}; trying again")

    def _unanswered(self, address: Address, *, is_silent: bool) -> None:
        """Somebody is there and has not shown that they know the room."""
        if is_silent:
            self._failed(address, Outcome.NO_ANSWER)
        elif address.outcome in _NOT_OURS:
            # It was found out before.
            return
        elif address.host_port in self._asked_for:
            self._start(self._look_for_version(address))
        else:
            address.outcome = Outcome.NOT_OF_THIS_ROOM

    async def _look_for_version(self, address: Address) -> None:
        version = await other_version_at(self._room_key, address.host_port)
        self._failed(address, Outcome.NOT_OF_THIS_ROOM if version is None else Outcome.ANOTHER_VERSION)

    def _start(self, dial: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(dial)
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)

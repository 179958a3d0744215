"""Where peers may be reached: addresses given by hand, heard in beacons or met, and when to dial each.

Owns back-off and what becomes of an address. Knows no sockets; the time is an argument.
"""

import math
import random
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from multifeed import limits
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome

_DOUBLINGS_MAX: Final = 16

# Of those on this machine there are as many as it runs.
_LOOPBACK: Final = "127."


@dataclass(slots=True)
class Address:
    """One address. `instance_id` is who was there last, or who is said to be; None while nobody knows."""

    host_port: HostPort
    by_hand: bool
    instance_id: bytes | None = None
    due_s: float = 0.0
    failures: int = 0
    # After a failure it is not dialled before.
    rests_until_s: float = -math.inf
    is_dialling: bool = False
    # When it last began anew because somebody else is said to be there.
    renewed_s: float = -math.inf
    # We ourselves, reached over some interface.
    is_own: bool = False
    # What came of it the last time, and the agent of whoever was met.
    outcome: Outcome | None = None
    agent: str = ""

    @property
    def is_in_vain(self) -> bool:
        """Whether nobody of the room was there the last time. Who is there and has no place for us was met."""
        return self.failures > 0 and self.outcome is not Outcome.MET


class AddressBook:
    """All addresses, and which of them to dial now."""

    def __init__(self) -> None:
        self._addresses: dict[HostPort, Address] = {}
        # Counts what has changed: as long as it is the same, so are the answers, but for the time.
        self.changes = 0

    def __iter__(self) -> Iterator[Address]:
        """Those given by hand first."""
        return iter(sorted(self._addresses.values(), key=lambda address: not address.by_hand))

    def add_by_hand(self, host_port: HostPort) -> None:
        """An address that is tried for as long as the program runs, and at once if it was known."""
        known = self._addresses.get(host_port)
        if known is None:
            self._addresses[host_port] = Address(host_port, by_hand=True)
        else:
            known.by_hand, known.failures, known.due_s = True, 0, 0.0
        self.changes += 1

    def heard(self, host_port: HostPort, instance_id: bytes, due_s: float) -> None:
        """Somebody is said to be there; to be dialled from `due_s` on, if it was not known."""
        known = self._addresses.get(host_port)
        if known is None:
            self._make_room()
            self._addresses[host_port] = Address(host_port, by_hand=False, instance_id=instance_id, due_s=due_s)
            self.changes += 1
        elif known.instance_id == instance_id and known.due_s == math.inf:
            known.due_s = max(due_s, known.rests_until_s)
            self.changes += 1
        elif known.instance_id != instance_id and not known.is_dialling:
            known.instance_id, known.is_own = instance_id, False
            self.changes += 1
            if due_s >= known.renewed_s + limits.ADDRESS_RENEWAL_INTERVAL_S:
                # Another program has taken its place: what failed before says nothing.
                known.due_s, known.failures, known.renewed_s = due_s, 0, due_s

    def known(self) -> set[bytes]:
        """Everybody who may be somewhere, by instance id.

        Not where the last dial has failed: announcements can be recorded and sent again long after their sender is
        gone. Of those who were never met, from one host a few: what one host says makes no room a crowd.
        """
        known: set[bytes] = set()
        unproven: Counter[str] = Counter()
        for address in self._addresses.values():
            if not address.instance_id or address.is_own or address.is_in_vain:
                continue
            host = address.host_port[0]
            if address.outcome is not Outcome.MET and not host.startswith(_LOOPBACK):
                unproven[host] += 1
                if unproven[host] > limits.UNPROVEN_PER_HOST_MAX:
                    continue
            known.add(address.instance_id)
        return known

    def due(self, now_s: float, linked: Collection[bytes], wanted: Collection[bytes] | None = None) -> Address | None:
        """An address to dial now, None if there is none; it counts as being dialled from here on.

        With `wanted`, only theirs, those where nobody knows who is there, those given by hand, and those that have
        failed, which come last.
        """
        waiting = (address for address in self._waiting(linked, wanted) if address.due_s <= now_s)
        address = min(waiting, key=lambda waits: (waits.failures, waits.due_s), default=None)
        if address is not None:
            address.is_dialling = True
            self.changes += 1
        return address

    def next_due_s(self, linked: Collection[bytes], wanted: Collection[bytes] | None = None) -> float | None:
        """When an address is due next."""
        due_s = min((address.due_s for address in self._waiting(linked, wanted)), default=math.inf)
        return None if due_s == math.inf else due_s

    def _waiting(self, linked: Collection[bytes], wanted: Collection[bytes] | None) -> Iterator[Address]:
        """The addresses where somebody may be who is neither in `linked` nor being dialled already."""
        addresses = self._addresses.values()
        dialled = {address.instance_id for address in addresses if address.is_dialling} - {None}
        for address in addresses:
            is_open = not address.is_dialling and not address.is_own
            is_wanted = (
                wanted is None
                or address.by_hand
                or address.is_in_vain
                or address.instance_id is None
                or address.instance_id in wanted
            )
            if is_open and is_wanted and address.instance_id not in linked and address.instance_id not in dialled:
                yield address

    def reached(self, address: Address, instance_id: bytes, *, is_own: bool) -> None:
        """The one at this address has proven to be of the room; or to be ourselves."""
        address.instance_id, address.is_own = instance_id, is_own
        self.changes += 1

    def ended(self, address: Address) -> None:
        """The dial, or the link that came of it, is over."""
        address.is_dialling = False
        self.changes += 1

    def proved_good(self, address: Address) -> None:
        """The link that was dialled there has lasted: what failed before says nothing."""
        address.failures = 0

    def failed(self, address: Address, now_s: float) -> None:
        """Nobody of the room is there at the moment."""
        self.changes += 1
        address.failures += 1
        # Doubled a few times; after hours of failures the power would be beyond any number.
        doublings = min(address.failures - 1, _DOUBLINGS_MAX)
        backoff_s = min(limits.DIAL_BACKOFF_MIN_S * 2**doublings, limits.DIAL_BACKOFF_MAX_S)
        # Half of it at random, so that two who fail together do not try together.
        address.due_s = address.rests_until_s = now_s + backoff_s * random.uniform(0.5, 1)  # noqa: S311 (no secret)
        if not address.by_hand and address.failures >= limits.DIAL_FAILURES_MAX:
            # Not before somebody says again that they are there, and then no more often than before.
            address.due_s = math.inf

    def left(self, instance_id: bytes) -> None:
        """Somebody has said that they leave: nobody need try where they were, unless it was given by hand."""
        self.changes += 1
        for host_port, address in list(self._addresses.items()):
            if address.instance_id == instance_id and not address.by_hand and not address.is_dialling:
                del self._addresses[host_port]

    def forget_failures(self, now_s: float) -> None:
        """The network is another: what failed before says nothing."""
        self.changes += 1
        for address in self._addresses.values():
            address.failures = 0
            address.due_s = min(address.due_s, now_s)

    def lost(self, instance_id: bytes, now_s: float) -> None:
        """The link to somebody is gone: their addresses are worth a try, soon."""
        self.changes += 1
        for address in self._addresses.values():
            if address.instance_id == instance_id and not address.is_dialling and not address.failures:
                address.due_s = now_s + limits.DIAL_BACKOFF_MIN_S * random.uniform(0, 1)  # noqa: S311 (no secret)

    def _make_room(self) -> None:
        if len(self._addresses) < limits.ADDRESSES_MAX:
            return
        droppable = (it for it in self._addresses.values() if not it.by_hand and not it.is_dialling)
        # Of those that have failed as often, the one that was heard of first.
        worst = max(droppable, key=lambda address: address.failures, default=None)
        if worst is not None:
            del self._addresses[worst.host_port]

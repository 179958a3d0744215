"""The network of an open room: the port on which others reach it, taken at once, and the swarm, made when it is needed.

Where the room is shared with JavaScript peers, there is a bridge to them too. Owns that what cannot work (a port that
is taken, an interface that there is not) is said before anything is shown, and that the first screen waits neither for
the swarm nor for the modules that it needs.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from multifeed import KeyPair
from multifeed.net.listener import open_listener
from multifeed.net.options import HostPort, SwarmOptions

if TYPE_CHECKING:
    from multichat.bridge import Bridge
    from multichat.model.finding import Finding
    from multifeed.net.diagnosis import Diagnosis
    from multifeed.net.swarm import Swarm
    from multifeed.protocol.events import Peer
    from multifeed.protocol.heads import Claim


class Network:
    """Raises ListenError for a port that is taken, InvalidArgumentError for an interface that there is not.

    `make_swarm` is called once, with the socket on which others make links. `make_bridge` is called at once, where the
    room is to be shared with JavaScript peers; raises what that raises.
    """

    def __init__(
        self,
        options: SwarmOptions,
        make_swarm: "Callable[[socket.socket], Swarm]",
        make_bridge: "Callable[[], Bridge] | None" = None,
    ) -> None:
        if options.interfaces:
            from multifeed.net.interfaces import require_interfaces  # noqa: PLC0415 (only who names one waits for it)

            require_interfaces(options.interfaces)
        self._listener = open_listener(options.port)
        self.port: int = self._listener.getsockname()[1]
        self._make_swarm = make_swarm
        self._bridge: Bridge | None = None
        if make_bridge is not None:
            try:
                self._bridge = make_bridge()
            except BaseException:
                self._listener.close()
                raise
        self._swarm: Swarm | None = None

    # --- what there is; nobody is there before one has looked for people ---

    @property
    def peers(self) -> "Sequence[Peer]":
        """Everyone connected who has proven who they are."""
        return () if self._swarm is None else self._swarm.peers

    @property
    def people(self) -> int:
        """How many other people are connected."""
        return 0 if self._swarm is None else self._swarm.people

    @property
    def clocks_ahead_s(self) -> Mapping[bytes, int]:
        """By how much the clocks of those connected are ahead of ours, in seconds, by their feeds."""
        return {} if self._swarm is None else self._swarm.clocks_ahead_s

    @property
    def missing(self) -> int:
        """How many blocks are on their way to us; 0 if nobody sends any."""
        return self._swarm.missing if self._swarm is not None and self._swarm.is_syncing else 0

    def is_held(self, key: bytes, length: int) -> bool:
        """Whether some connected peer says that it holds all of a feed up to `length`."""
        if self._bridge is not None and self._bridge.is_held(key, length):
            return True
        return self._swarm is not None and self._swarm.is_held(key, length)

    @property
    def js_peers(self) -> int | None:
        """How many JavaScript peers are linked; None where the room is not shared with any."""
        return None if self._bridge is None else self._bridge.peers

    def claims(self, key: bytes) -> "Sequence[tuple[Peer, Claim]]":
        """What each of the peers says that it holds of a feed."""
        return () if self._swarm is None else self._swarm.claims(key)

    def diagnosis(self) -> "Diagnosis":
        """How it goes with finding others."""
        return self._made().diagnosis()

    def bridge_findings(self) -> "Sequence[Finding]":
        """How it goes with JavaScript peers."""
        return () if self._bridge is None else tuple(self._bridge.findings())

    # --- what one does ---

    def connect(self, host_port: HostPort) -> None:
        """Dial an address given by hand, and keep trying."""
        self._made().connect(host_port)

    def give_way(self) -> None:
        """Let what happens on this machine come first, for a moment."""
        if self._swarm is not None:
            self._swarm.give_way()

    def continue_as(self, own_feed: KeyPair) -> None:
        """Prove this feed as ours on links from now on."""
        if self._swarm is not None:
            self._swarm.continue_as(own_feed)

    async def start(self) -> None:
        """Look for people."""
        await self._made().start()
        if self._bridge is not None:
            await self._bridge.start()

    async def close(self) -> None:
        """Say goodbye to everyone connected."""
        if self._bridge is not None:
            await self._bridge.close()
        if self._swarm is not None:
            await self._swarm.close()
        self._listener.close()

    def _made(self) -> "Swarm":
        if self._swarm is None:
            self._swarm = self._make_swarm(self._listener)
        return self._swarm

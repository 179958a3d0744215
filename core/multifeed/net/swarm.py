"""The swarm: who we are connected to, and how we come to be.

Owns the listening socket, dialling, which of two links of a pair stays, and the one timer that drives all sessions.
Knows nothing of chat: it replicates a multifeed with everyone of the room that it can reach.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import nacl.utils

from multifeed import keys, limits
from multifeed.errors import ListenError, StoreError
from multifeed.feed import Feed
from multifeed.keys import KeyPair
from multifeed.multifeed import Multifeed
from multifeed.net.addresses import Address
from multifeed.net.diagnosis import Diagnosis, Dialled, Door
from multifeed.net.dialler import Dialler
from multifeed.net.discovery import Discovery
from multifeed.net.doorkeeper import Doorkeeper
from multifeed.net.interfaces import is_reached_by, require_interfaces
from multifeed.net.link import Link
from multifeed.net.listener import close_server, open_listener
from multifeed.net.memory import remember_peer, remembered_peers
from multifeed.net.options import HostPort, SwarmOptions
from multifeed.net.pairs import Pairs
from multifeed.net.whereabouts import host_port_of, whereabouts_at
from multifeed.protocol.beacon import Beacon
from multifeed.protocol.events import Closed, Established, Event, Introduced, Peer, Whereabouts
from multifeed.protocol.heads import Claim
from multifeed.protocol.messages import INSTANCE_ID_LENGTH_BYTES
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session
from multifeed.replica import Replica
from multifeed.topology import Topology

_DEVICE_KEY_NAME: Final = "device key"


@dataclass(frozen=True, slots=True)
class SwarmCallbacks:
    """Who hears of what happens; all are called on the event loop."""

    people_changed: Callable[[], None]
    held: Callable[[Peer, Claim], None]
    # Another program writes our own feed: a copy of this store. `yields` is true on one side of the two only.
    copy_met: Callable[[bool], None]
    store_error: Callable[[StoreError], None]
    notice: Callable[[str], None]
    # A feed that is written faster than anybody reads is taken slowly from now on.
    flooded: Callable[[bytes], None] = lambda _key: None


class Swarm:
    """Connects `multi`, in which `own_feed` is ours, with everyone who has `room_key`.

    Made without an event loop, so that what cannot work is said before anything is shown: raises ListenError for a port
    that is taken, InvalidArgumentError for an interface that there is not. `listener` is the socket for links from
    others, if it is open already.
    """

    def __init__(
        self,
        multi: Multifeed,
        room_key: bytes,
        own_feed: KeyPair,
        options: SwarmOptions,
        callbacks: SwarmCallbacks,
        *,
        listener: socket.socket | None = None,
    ) -> None:
        require_interfaces(options.interfaces)
        self._options = options
        self._callbacks = callbacks
        self._listener = listener or open_listener(options.port)
        self.port: int = self._listener.getsockname()[1]
        self._identity = Identity(
            room_key,
            _device_key(multi),
            nacl.utils.random(INSTANCE_ID_LENGTH_BYTES),
            own_feed,
            self.port,
            options.agent,
        )
        self._multi = multi
        self._replica = Replica(
            multi, on_store_error=callbacks.store_error, on_held=self._on_held, on_flood=callbacks.flooded
        )
        self._links: set[Link] = set()
        # All connections that there are, also those that were refused and will be gone in a moment.
        self._connections: set[Link] = set()
        self._all_ended = asyncio.Event()
        self._doorkeeper = Doorkeeper(options.interfaces)
        self._pairs = Pairs(self._identity.instance_id)
        self._dialler = Dialler(
            room_key,
            self._pairs,
            Topology(self._identity.instance_id, random.Random(nacl.utils.random(16))),  # noqa: S311 (no secret)
            connect=self._connect,
            notice=callbacks.notice,
            changed=self._schedule_turn,
        )
        self._dialler.add_by_hand(options.peers, remembered_peers(multi))
        self._addresses = self._dialler.addresses
        self._server: asyncio.Server | None = None
        self._discovery: Discovery | None = None
        self._discovery_error = ""
        self._timer: asyncio.TimerHandle | None = None
        # What has happened on which link and is still to be handled; None for its end.
        self._inbox: deque[tuple[Link, Event | None]] = deque()
        self._held_links: set[Link] = set()
        self._turn_is_due = False
        self._gives_way_until_s = 0.0
        self._rotate_at_s = 0.0
        self._is_closing = False
        self._is_over = False
        self._stop_listening: Callable[[], None] | None = None

    # --- what others want to know ---

    @property
    def peers(self) -> list[Peer]:
        """Everyone connected who has proven who they are."""
        return [link.session.peer for link in self._pairs.links if link.session.peer is not None]

    @property
    def people(self) -> int:
        """How many other people are connected: one person may run several programs."""
        return len({peer.feed_key for peer in self.peers} - {self._identity.feed.public_key})

    @property
    def clocks_ahead_s(self) -> dict[bytes, int]:
        """By how much the clocks of others are ahead of ours, in seconds, by the feeds that they have proven.

        Of the programs of one person it is that of which ours differs least: everybody has one voice.
        """
        ahead_s: dict[bytes, int] = {}
        for session in (link.session for link in self._pairs.links):
            if session.peer is not None and session.clock_ahead_s is not None:
                known_s = ahead_s.get(session.peer.feed_key, session.clock_ahead_s)
                ahead_s[session.peer.feed_key] = min(known_s, session.clock_ahead_s, key=abs)
        ahead_s.pop(self._identity.feed.public_key, None)
        return ahead_s

    @property
    def is_syncing(self) -> bool:
        """Whether blocks are on their way to us."""
        return self._replica.is_syncing()

    @property
    def missing(self) -> int:
        """How many blocks are known to exist and are not here."""
        return self._replica.missing

    def diagnosis(self) -> Diagnosis:
        """How it goes with finding others: the same as `diagnose` finds out from outside."""
        discovery = self._discovery
        return Diagnosis(
            Door(self.port, came_in=self._doorkeeper.came_in),
            [] if discovery is None else discovery.sightings.networks,
            [
                Dialled(address.host_port, address.by_hand, address.outcome, address.agent)
                for address in self._addresses
                if not address.is_own
            ],
            self._discovery_error,
            self._clocks_by_any_account(),
            has_discovery=self._options.discovery,
        )

    def _clocks_by_any_account(self) -> list[int]:
        """Of those connected, whose clocks they are is proven; beacons are what there is as long as nobody is."""
        proven_s = list(self.clocks_ahead_s.values())
        return proven_s or ([] if self._discovery is None else self._discovery.sightings.clocks_ahead_s)

    def connect(self, host_port: HostPort) -> None:
        """Dial an address given by hand, now, and keep trying."""
        self._dialler.connect(host_port)

    def give_way(self) -> None:
        """Somebody is doing something on this machine: for a moment, that comes before what others send."""
        self._gives_way_until_s = asyncio.get_running_loop().time() + limits.WAY_GIVEN_S

    def continue_as(self, own_feed: KeyPair) -> None:
        """Prove this feed as ours on links from now on; those that there are keep the earlier one."""
        self._identity = replace(self._identity, feed=own_feed)

    def is_held(self, key: bytes, length: int) -> bool:
        """Whether some connected peer says that it holds all of a feed up to `length`."""
        return any(
            session.peer is not None and session.peer.instance_id in self._pairs
            for session in self._replica.holders(key, length)
        )

    def claims(self, key: bytes) -> list[tuple[Peer, Claim]]:
        """What each of the peers says that it holds of a feed; of some it says nothing."""
        said = self._replica.claims(key)
        return [(session.peer, claim) for session, claim in said if session.peer is not None]

    # --- life ---

    async def start(self) -> None:
        """Accept links, dial, look for others."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._new_link(None), sock=self._listener)
        self._stop_listening = self._multi.listen(self._on_change)
        if self._options.discovery:
            await self._start_discovery()
        self._turn()

    async def close(self) -> None:
        """Say goodbye to everyone and listen no more. What was queued for them is sent first, if they take it soon."""
        self._is_closing = True
        self._all_ended.clear()
        if self._stop_listening is not None:
            self._stop_listening()
        if self._discovery is not None:
            self._discovery.close()
        if self._timer is not None:
            self._timer.cancel()
        await close_server(self._server)
        self._listener.close()
        await self._dialler.close()
        self._replica.poll(asyncio.get_running_loop().time())
        for link in list(self._links):
            link.session.close("leaving")
            link.flush()
        await self._let_links_end()
        self._replica.close()
        self._is_over = True

    async def _let_links_end(self) -> None:
        if self._links or self._connections:
            with contextlib.suppress(TimeoutError):
                # Each ends itself within GOODBYE_TIMEOUT_S; the rest is for a machine that is busy.
                await asyncio.wait_for(self._all_ended.wait(), 2 * limits.GOODBYE_TIMEOUT_S)
        for link in list(self._connections):
            link.abort()
        # What was ended just now hears of it in the loop's next turn: nothing is left when this returns.
        await asyncio.sleep(0)

    async def _start_discovery(self) -> None:
        self._discovery = Discovery(
            keys.beacon_key_of(self._identity.room_key),
            own_id=self._identity.instance_id,
            interfaces=self._options.interfaces,
            make_beacon=self._make_beacon,
            listener=self,
        )
        try:
            await self._discovery.start()
        except ListenError as error:
            self._discovery_error = str(error)
            self._callbacks.notice(f"{error}; nobody is found by themselves, connect with --peer HOST:PORT")

    # --- discovery ---

    def _make_beacon(self, time_s: int) -> Beacon:
        return Beacon(self._identity.instance_id, self.port, time_s, self._replica.heads.root())

    def beacon_heard(self, beacon: Beacon, host: str) -> None:
        """See DiscoveryListener."""
        own_id = self._identity.instance_id
        if beacon.instance_id == own_id or beacon.instance_id in self._pairs or beacon.port == 0:
            return
        now_s = asyncio.get_running_loop().time()
        # Both have heard each other by now, or soon will; one of the two dials first.
        courtesy_s = 0.0 if own_id < beacon.instance_id else limits.DIAL_COURTESY_S
        self._addresses.heard((host, beacon.port), beacon.instance_id, now_s + courtesy_s)
        self._schedule_turn()

    def beacon_of_leaving(self, beacon: Beacon) -> None:
        """See DiscoveryListener."""
        self._addresses.left(beacon.instance_id)

    def network_changed(self) -> None:
        """See DiscoveryListener."""
        self._addresses.forget_failures(asyncio.get_running_loop().time())
        self._schedule_turn()

    def network_works(self, works: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        """See DiscoveryListener."""
        if not works:
            self._callbacks.notice("no network: until there is one, only programs on this machine are found")
        else:
            self._callbacks.notice("the network is back")

    # --- links ---

    def _new_link(self, address: Address | None) -> Link:
        link = Link(partial(self._new_session, initiator=address is not None), self, address)
        self._connections.add(link)
        return link

    async def _connect(self, address: Address) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self._new_link(address), *address.host_port)

    def _new_session(self, *, initiator: bool) -> Session:
        return Session(
            initiator=initiator,
            identity=self._identity,
            heads=self._replica.heads,
            ephemeral=nacl.utils.random(32),
            now_s=asyncio.get_running_loop().time(),
        )

    def link_made(self, link: Link) -> bool:
        """See LinkOwner."""
        if self._is_closing:
            return False
        if link.address is None and not self._doorkeeper.may_come_in(link, self._links):
            return False
        self._links.add(link)
        self._replica.add(link.session)
        self._schedule_turn()
        return True

    def link_events(self, link: Link, events: list[Event]) -> None:
        """See LinkOwner."""
        self._inbox.extend((link, event) for event in events)
        self._turn()

    def link_paused(self, link: Link, *, paused: bool) -> None:
        """See LinkOwner."""
        self._replica.pause(link.session, paused=paused)
        if not paused:
            self._schedule_turn()

    def link_lost(self, link: Link) -> None:
        """See LinkOwner."""
        self._connections.discard(link)
        if link in self._links:
            # After all that came before it.
            self._inbox.append((link, None))
            self._schedule_turn()
        self._see_whether_all_ended()

    def _see_whether_all_ended(self) -> None:
        if not self._links and not self._connections:
            self._all_ended.set()

    def _on_lost(self, link: Link) -> None:
        self._links.discard(link)
        self._held_links.discard(link)
        self._see_whether_all_ended()
        self._replica.remove(link.session)
        now_s = asyncio.get_running_loop().time()
        peer = link.session.peer
        if link.address is not None and not self._is_closing:
            self._dialler.ended(link, now_s)
        if peer is not None and self._pairs.remove(peer.instance_id, link):
            self._addresses.lost(peer.instance_id, now_s)
            self._callbacks.people_changed()

    def _on_established(self, link: Link, peer: Peer) -> None:
        if link.address is not None:
            is_own = peer.instance_id == self._identity.instance_id
            self._dialler.reached(link.address, peer, is_own=is_own)
        if peer.instance_id == self._identity.instance_id:
            link.session.close("this is the same program")
            return
        self._doorkeeper.let_in(link)
        is_new = peer.instance_id not in self._pairs
        leaver = self._doorkeeper.who_goes(link, self._pairs.links, is_full=is_new and self._is_full_for(link))
        if leaver is not None:
            leaver.session.close("too many links")
            if leaver is link:
                return
        link.established_at_s = asyncio.get_running_loop().time()
        third = self._pairs.add(peer.instance_id, link)
        if third is not None:
            third.session.close("there is another link")
        self._remember(link)
        self._let_go_of_surplus()
        if link.address is None and peer.port:
            # It dialled us; should the link be lost, we can dial as well.
            self._addresses.heard((link.remote_host, peer.port), peer.instance_id, 0.0)
        if not is_new:
            return
        self._introduce(link)
        self._callbacks.people_changed()
        if peer.feed_key == self._identity.feed.public_key:
            self._callbacks.copy_met(self._identity.instance_id > peer.instance_id)

    def _let_go_of_surplus(self) -> None:
        """In a ring, whom we dialled for one who turned us away, and who has let us in since, is one too many."""
        dialled = [
            (instance_id, link)
            for instance_id, link in self._pairs.items()
            if link.address is not None and not link.address.by_hand
        ]
        wanted = self._dialler.wanted()
        unwanted = [link for instance_id, link in dialled if instance_id not in wanted]
        for link in unwanted[: max(len(dialled) - len(wanted), 0)]:
            link.session.close("making room")

    def _remember(self, link: Link) -> None:
        """Where a peer was met by hand, it is tried again next time."""
        if link.address is not None and link.address.by_hand:
            try:
                remember_peer(self._multi, link.address.host_port)
            except StoreError as error:
                self._callbacks.store_error(error)

    def _introduce(self, newcomer: Link) -> None:
        """Tell whoever has just come of the others, and the others of them: not everybody hears everybody's beacons."""
        others = [link for link in self._pairs.links if link is not newcomer]
        random.shuffle(others)
        known = [told for other in others if (told := self._whereabouts_of(other, newcomer)) is not None]
        if known:
            newcomer.session.introduce(known)
        for other in others:
            told = self._whereabouts_of(newcomer, other)
            if told is not None:
                other.session.introduce([told])

    @staticmethod
    def _whereabouts_of(link: Link, told_to: Link) -> Whereabouts | None:
        peer = link.session.peer
        assert peer is not None, "it is established"
        port = peer.port if link.address is None else link.address.host_port[1]
        return whereabouts_at(peer.instance_id, link.remote_host, port, told_to=told_to.remote_host)

    def _on_introduced(self, link: Link, peers: Sequence[Whereabouts]) -> None:
        now_s = asyncio.get_running_loop().time()
        for peer in peers:
            host_port = host_port_of(peer, said_by=link.remote_host)
            is_known = peer.instance_id == self._identity.instance_id or peer.instance_id in self._pairs
            only = self._options.interfaces
            if host_port is None or is_known or (only and not is_reached_by(host_port[0], only)):
                continue
            # The other has heard of us too.
            courtesy_s = 0.0 if self._identity.instance_id < peer.instance_id else limits.DIAL_COURTESY_S
            self._addresses.heard(host_port, peer.instance_id, now_s + courtesy_s)

    def _is_full_for(self, link: Link) -> bool:
        """In a room where not everybody is linked with everybody, who dials us may find that we have enough."""
        if len(self._pairs) >= limits.LINKS_MAX:
            return True
        if link.address is not None or len(self._dialler.everybody()) <= limits.FULL_MESH_MAX_PEERS:
            return False
        accepted = sum(other.address is None for other in self._pairs.links)
        return accepted >= limits.ACCEPTED_LINKS_MAX

    # --- turns ---

    def _on_change(self, _feed: Feed, _start: int, _end: int) -> None:
        self._schedule_turn()

    def _on_held(self, session: Session, claim: Claim) -> None:
        if session.peer is not None:
            self._callbacks.held(session.peer, claim)

    def _schedule_turn(self) -> None:
        """Take a turn as soon as what happens now is over; many causes make one turn."""
        if not self._turn_is_due:
            self._turn_is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        """Do all that is due, send all that is to be sent, and set the timer for what comes next."""
        self._turn_is_due = False
        if self._is_over:
            return
        try:
            self._do_what_is_due(asyncio.get_running_loop().time())
        finally:
            # Whatever goes wrong in one turn, there is a next one.
            self._set_timer()

    def _do_what_is_due(self, now_s: float) -> None:
        if not self._is_closing:
            self._rotate_if_due(now_s)
            for link in self._links:
                self._inbox.extend((link, event) for event in link.handle_timeout(now_s))
        self._handle_inbox(now_s)
        if not self._is_closing:
            # After what has happened: who is lost is to be dialled again.
            self._dialler.dial_due(now_s)
        for link in self._pairs.surplus():
            link.session.close("there is another link")
        self._replica.poll(now_s)
        for link in list(self._links):
            link.flush()

    def _rotate_if_due(self, now_s: float) -> None:
        """In a ring, exchange one of the links that we have made at random for another."""
        if now_s < self._rotate_at_s:
            return
        self._rotate_at_s = now_s + limits.ROTATION_INTERVAL_S + random.uniform(0, limits.ROTATION_JITTER_S)  # noqa: S311 (no secret)
        if len(self._dialler.everybody()) < limits.FULL_MESH_MAX_PEERS:
            return
        wanted = self._dialler.rotate()
        for instance_id, link in self._pairs.items():
            is_ours = link.address is not None and not link.address.by_hand
            if is_ours and instance_id not in wanted:
                link.session.close("making room")

    def _handle_inbox(self, now_s: float) -> None:
        """Handle what has happened, for a bounded time; who has said more than that is not listened to meanwhile."""
        end_s = time.perf_counter() + limits.TURN_LENGTH_S
        heard: set[Link] = set()
        while self._inbox and time.perf_counter() < end_s:
            link, event = self._inbox.popleft()
            heard.add(link)
            if event is None:
                self._on_lost(link)
            else:
                self._on_event(link, event, now_s)
        self._listen_to_others(heard, now_s)
        if self._inbox:
            self._schedule_turn()

    def _on_event(self, link: Link, event: Event, now_s: float) -> None:
        if isinstance(event, Established) and link in self._links:
            self._on_established(link, event.peer)
        if isinstance(event, Closed):
            link.is_dismissed = event.is_clean
        if isinstance(event, Introduced) and link in self._pairs.links:
            self._on_introduced(link, event.peers)
        self._replica.handle(link.session, (event,), now_s)

    def _listen_to_others(self, heard: set[Link], now_s: float) -> None:
        """Listen no more to those of whom there is enough to handle, and again to those of whom there was."""
        unread = {link for link in self._links if link.session.has_unread}
        behind = unread.union(link for link, _ in self._inbox)
        if now_s < self._gives_way_until_s:
            # Whoever has just been listened to waits a moment: the screen comes first.
            behind |= (heard | self._held_links) & self._links
            asyncio.get_running_loop().call_later(limits.WAY_GIVEN_S, self._schedule_turn)
        for link in unread:
            link.read_on_soon()
        for link in self._held_links - behind:
            link.hold(held=False)
        for link in behind:
            link.hold(held=True)
        self._held_links = behind

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_closing:
            return
        times_s = [link.session.next_timeout_s() for link in self._links if not link.session.is_closed]
        times_s.append(self._rotate_at_s)
        times_s += [time_s for time_s in (self._replica.next_timeout_s(), self._dialler.due_s) if time_s is not None]
        self._timer = asyncio.get_running_loop().call_at(min(times_s), self._turn) if times_s else None


def _device_key(multi: Multifeed) -> DhKeyPair:
    """The X25519 key of this store: made once, and not the signing key (Noise specification, section 14)."""
    private_key = multi.meta(_DEVICE_KEY_NAME)
    if private_key is None:
        private_key = nacl.utils.random(keys.KEY_LENGTH_BYTES)
        multi.set_meta(_DEVICE_KEY_NAME, private_key)
    return DhKeyPair.from_private(private_key)

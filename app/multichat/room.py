"""A room that is open: the history on this disk, the people on this network, and what one says.

Owns the order in which its parts are opened and closed, and the events that its face hears.
Knows no face: the screen, plain lines and JSON all use it alike.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Unpack

from multichat.desk import DeskFile
from multichat.errors import UsageError
from multichat.follower import Follower, FollowerCallbacks
from multichat.limits import ROOM_NAME_LENGTH_MAX, TEXT_LENGTH_MAX
from multichat.model.callings import Calling
from multichat.model.conversation import (
    Arrived,
    Event,
    Forked,
    HearingChanged,
    JsPeersChanged,
    Listener,
    Notice,
    PeopleChanged,
)
from multichat.model.desk import Desk, DeskChanges
from multichat.model.endpoint import parse_endpoint
from multichat.model.invite import Invite
from multichat.model.message import Message, Position, message_of
from multichat.model.names import require_nickname, require_room_name, shown_name
from multichat.model.people import Identity, Person
from multichat.model.record import Record
from multichat.model.text import SafeText, sanitise_line, unisolated
from multichat.model.timeline import Timeline
from multichat.moderation import Moderation, ModerationCallbacks
from multichat.network import Network
from multichat.own_feed import OwnFeed
from multichat.presence import Presence, PresenceCallbacks
from multichat.profile import RoomOptions, keep_private, open_store, room_key, search_path, timeline_path
from multichat.timekeeper import Timekeeper, TimekeeperCallbacks
from multifeed import Feed, StoreError
from multifeed.net.listener import DEFAULT_PORT
from multifeed.net.options import BridgeOptions, SwarmOptions

if TYPE_CHECKING:
    from multichat.bridge import Bridge
    from multichat.model.export.evidence import Evidence
    from multichat.model.finder import Finder
    from multichat.model.finding import Finding
    from multifeed.net.swarm import Swarm
    from multifeed.protocol.events import Peer
    from multifeed.protocol.heads import Claim

_NOTICE_LENGTH_MAX: Final = 300


class Room:
    """See `model.conversation.Conversation`, which this is.

    Made, it is open on this disk and has a port on this machine; nobody is looked for before `start`. Raises UsageError
    for a name that cannot be, RefusedError for a profile in use, LocalError (such as a port that is taken), StoreError.
    """

    def __init__(self, options: RoomOptions, nickname: str) -> None:
        nickname = require_nickname(nickname)
        room_name = require_room_name(options.room_name)
        self._invite = options.invite
        self._directory = directory = options.directory(nickname)
        self._finder: Finder | None = None
        self._name = sanitise_line(room_name, ROOM_NAME_LENGTH_MAX)
        self._nickname = shown_name(nickname)
        self._listeners: list[Listener] = []
        self._is_closed = False
        self._held_changed = asyncio.Event()
        # The last word of anybody who holds all of what we write: of which feed, and up to where.
        self._said_held: set[tuple[bytes, int]] = set()
        self._told_conflicts: set[bytes] = set()
        self._told_store_error = ""
        with ExitStack() as resources:
            keep_private(options, nickname)
            self._multi = open_store(directory, nickname)
            resources.callback(self._multi.close)
            self._own = OwnFeed(self._multi, in_json=options.bridge is not None)
            self._timeline = Timeline.open(
                timeline_path(directory), self._multi, source=self._own.first_key, clock_ms=_clock_ms
            )
            resources.callback(self._timeline.close)
            self._follower = self._make_follower()
            resources.callback(self._follower.close)
            self._desk = DeskFile(directory, self._notice)
            resources.callback(self._desk.close)
            callbacks = PresenceCallbacks(self._claims, self._tell, _clock_ms)
            self._presence = Presence(self._multi, self._own, self._nickname, self._desk, callbacks)
            self._moderation = self._make_moderation()
            self._timekeeper = self._make_timekeeper()
            key = room_key(self._multi, options)
            make_bridge = None if options.bridge is None else partial(self._make_bridge, options.bridge)
            self._network = Network(options.swarm, partial(self._make_swarm, key, options.swarm), make_bridge)
            self._resources = resources.pop_all()

    # --- what there is ---

    @property
    def name(self) -> SafeText:
        """The room's name."""
        return self._name

    @property
    def invite(self) -> Invite | None:
        """See `model.conversation.Conversation`."""
        return self._invite

    @property
    def nickname(self) -> SafeText:
        """Our own nickname."""
        return self._nickname

    @property
    def own_feed(self) -> bytes:
        """See `model.conversation.Conversation`."""
        return self._own.feed.key

    @property
    def own_feeds(self) -> frozenset[bytes]:
        """See `model.conversation.Conversation`."""
        return self._own.keys

    def is_own(self, feed: bytes) -> bool:
        """Whether we write, or once wrote, this feed: one that was copied and forked goes on in another."""
        return self._own.owns(feed)

    @property
    def people(self) -> int:
        """How many other people are connected."""
        return self._network.people

    @property
    def js_peers(self) -> int | None:
        """See `model.conversation.Conversation`."""
        return self._network.js_peers

    def everyone(self) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        return self._presence.everyone()

    def calling(self, feed: bytes, nickname: SafeText) -> Calling:
        """See `model.conversation.Conversation`."""
        return self._presence.calling(feed, nickname)

    def meant(self, text: str) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        return self._presence.meant(text)

    def identity(self, feed: bytes) -> Identity:
        """See `model.conversation.Conversation`."""
        return self._presence.identity(feed)

    def check(self, feed: bytes) -> bool:
        """See `model.conversation.Conversation`."""
        return self._presence.check(feed)

    @property
    def blocked(self) -> frozenset[bytes]:
        """See `model.conversation.Conversation`."""
        return self._multi.blocked

    def delivery(self, position: Position) -> Sequence[Person]:
        """See `model.conversation.Conversation`."""
        return self._presence.delivery(position)

    @property
    def port(self) -> int:
        """The TCP port on which others reach us."""
        return self._network.port

    @property
    def history(self) -> Timeline:
        """What has been said."""
        return self._timeline

    @property
    def desk(self) -> Desk:
        """See `model.conversation.Conversation`."""
        return self._desk.desk

    # --- what one does ---

    def change_desk(self, **changes: Unpack[DeskChanges]) -> None:
        """See `model.conversation.Conversation`."""
        muted = self._desk.desk.muted
        self._desk.change(**changes)
        if self._desk.desk.muted != muted:
            self._on_hearing_changed()

    def block(self, feed: bytes) -> None:
        """See `model.conversation.Conversation`."""
        self._moderation.block(feed)

    def unblock(self, feed: bytes) -> None:
        """See `model.conversation.Conversation`."""
        self._moderation.unblock(feed)

    def open_search(self) -> "Finder":
        """See `model.conversation.Conversation`."""
        if self._finder is None:
            from multichat.model.finder import Finder  # noqa: PLC0415 (see _make_swarm)
            from multichat.model.search import SearchIndex  # noqa: PLC0415 (see _make_swarm)

            index = SearchIndex.open(search_path(self._directory), self._multi, source=self._own.first_key)
            self._finder = Finder(index, lambda: self._timeline.horizon_ms, datetime.now)
            self._resources.callback(self._finder.close)
        return self._finder

    def give_way(self) -> None:
        """See `model.conversation.Conversation`."""
        self._network.give_way()
        self._follower.give_way()

    def rename(self, nickname: str) -> None:
        """See `model.conversation.Conversation`."""
        self._nickname = shown_name(require_nickname(nickname))
        self._presence.renamed(self._nickname)

    def send(self, text: str, *, is_action: bool = False) -> Message:
        """Say `text`, or tell that one does it: it is on the disk when this returns, and on its way.

        Raises UsageError for a text that cannot be sent and StoreError when the disk refuses; then nothing was said.
        """
        if not text.strip():
            raise UsageError("there is nothing to send")
        if len(text) > TEXT_LENGTH_MAX:
            raise UsageError(f"a message has at most {TEXT_LENGTH_MAX} characters")
        # What is shown and what the timestamp is to be past of are the same.
        self._timekeeper.look()
        record = Record(unisolated(self._nickname), text, self._timeline.next_timestamp_ms(), is_action)
        if self._own.is_to_change():
            self._own.go_on_in_json()
            self._network.continue_as(self._own.key_pair)
        seq = self._own.append(record)
        return message_of(self._own.feed.key, seq, record)

    async def wait_until_held(self) -> None:
        """Wait until some connected peer holds everything that we have written."""
        while not self._is_own_held():
            self._held_changed.clear()
            await self._held_changed.wait()

    def _is_own_held(self) -> bool:
        # Who has said so and is gone since has it still.
        return all(
            (feed.key, feed.length) in self._said_held or self._network.is_held(feed.key, feed.length)
            for feed in self._own.written
        )

    def connect(self, endpoint: str) -> None:
        """See `model.conversation.Conversation`."""
        self._network.connect(parse_endpoint(endpoint, DEFAULT_PORT))

    def open_evidence(self) -> "Evidence":
        """See `model.conversation.Conversation`."""
        from multichat.model.export.evidence import Evidence  # noqa: PLC0415 (see _make_swarm)

        return Evidence(self._multi)

    def diagnose(self) -> "list[Finding]":
        """See `model.conversation.Conversation`."""
        from multichat.advice import findings_of  # noqa: PLC0415 (see _make_swarm)
        from multichat.health import history_findings  # noqa: PLC0415 (see _make_swarm)

        network = findings_of(self._network.diagnosis(), met_otherwise=bool(self.js_peers))
        return [*network, *self._network.bridge_findings(), *history_findings(self._multi)]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on, on the event loop; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- life ---

    @property
    def unread(self) -> int:
        """See `model.conversation.Conversation`."""
        return self._timeline.unread

    async def read_history(self, tell: Callable[[int], None]) -> None:
        """See `model.conversation.Conversation`."""
        await self._follower.read_history(tell)

    async def learn_names(self) -> None:
        """Know what everybody is called now; whoever starts learns it meanwhile."""
        while self._presence.learn_names():  # noqa: ASYNC110 (it is done here, and not waited for)
            await asyncio.sleep(0)

    async def start(self) -> None:
        """Look for people."""
        stop_listening = self._multi.listen(self._on_blocks)
        self._resources.callback(stop_listening)
        # Whoever was quick has said something before.
        self._follower.catch_up_soon()
        self._timekeeper.look_and_go_on()
        self._presence.start()
        await self._network.start()

    async def close(self) -> None:
        """Say goodbye to everyone connected and release the profile. Closing it again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._timekeeper.close()
        await self._network.close()
        self._presence.close()
        self._resources.close()

    # --- what happens ---

    def _make_swarm(self, key: bytes, options: SwarmOptions, listener: socket.socket) -> "Swarm":
        from multifeed.net.swarm import Swarm, SwarmCallbacks  # noqa: PLC0415 (the first screen need not wait for it)

        callbacks = SwarmCallbacks(
            people_changed=self._on_people_changed,
            held=self._on_held,
            copy_met=self._on_copy_met,
            store_error=self._on_store_error,
            notice=self._notice,
            flooded=self._on_flood,
        )
        return Swarm(self._multi, key, self._own.key_pair, options, callbacks, listener=listener)

    def _make_bridge(self, options: BridgeOptions) -> "Bridge":
        from multichat.bridge import Bridge, BridgeCallbacks  # noqa: PLC0415 (only who shares a room waits for it)

        callbacks = BridgeCallbacks(
            held=self._on_held_by_js,
            changed=lambda count: self._tell(JsPeersChanged(count)),
            flooded=self._on_flood,
            store_error=self._on_store_error,
            notice=self._notice,
        )
        return Bridge(self._multi, options, callbacks)

    def _make_follower(self) -> Follower:
        return Follower(self._timeline, self._follower_callbacks())

    def _follower_callbacks(self) -> FollowerCallbacks:
        return FollowerCallbacks(
            missing=lambda: self._network.missing,
            arrived=self._tell_arrived,
            caught_up=self._caught_up,
            tell=self._tell,
            store_error=self._on_store_error,
        )

    def _make_moderation(self) -> Moderation:
        callbacks = ModerationCallbacks(
            feeds_of=self._presence.feeds_of,
            name_of=self._presence.name_of,
            changed=self._on_hearing_changed,
            notice=self._notice,
            store_error=self._on_store_error,
        )
        return Moderation(self._multi, self._own, self._desk, callbacks)

    def _make_timekeeper(self) -> Timekeeper:
        callbacks = TimekeeperCallbacks(
            clocks_ahead_s=lambda: self._network.clocks_ahead_s,
            name_of=self._presence.name_of,
            unheard=lambda: self._moderation.unheard,
            arrived=self._tell_arrived,
            tell=self._tell,
            notice=self._notice,
            store_error=self._on_store_error,
        )
        return Timekeeper(self._timeline, callbacks)

    def _caught_up(self) -> None:
        self._timekeeper.look_and_go_on()

    def _claims(self, feed: bytes) -> "Sequence[tuple[Peer, Claim]]":
        return self._network.claims(feed)

    def _on_people_changed(self) -> None:
        self._presence.links_changed(self._network.peers)
        self._tell(PeopleChanged(self._network.people))
        self._follower.progress_soon()

    def _on_held(self, peer: "Peer", claim: "Claim") -> None:
        self._presence.claimed(peer, claim)
        if claim.is_whole and self._own.owns(claim.key):
            self._said_held = {(key, length) for key, length in self._said_held if key != claim.key}
            self._said_held.add((claim.key, claim.length))
        self._held_changed.set()

    def _on_held_by_js(self, key: bytes, runs: Sequence[tuple[int, int]]) -> None:
        self._presence.held_by_js(key, runs)
        self._held_changed.set()

    def _on_store_error(self, error: StoreError) -> None:
        """Say once what is wrong with the disk, and again only after it has worked."""
        if str(error) != self._told_store_error:
            self._told_store_error = str(error)
            self._notice(str(error))

    def _on_hearing_changed(self) -> None:
        self._presence.hearing_changed()
        self._timekeeper.look_and_go_on()
        self._tell(HearingChanged())

    def _on_flood(self, feed: bytes) -> None:
        name = self._presence.name_of(feed)
        self._notice(f"{name} writes faster than anybody reads, which is taken slowly; /mute {name} or /block {name}")

    def _on_copy_met(self, yields: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        """This profile runs on another machine too. Before both write the same feed, one goes on in another."""
        if yields:
            self._go_on_in_another_feed("this profile is in use on another machine too")

    def _go_on_in_another_feed(self, reason: str) -> None:
        try:
            self._own.go_on_in_another()
        except StoreError as error:
            self._notice(str(error))
            return
        self._network.continue_as(self._own.key_pair)
        self._notice(f"{reason}: what you write from now on goes to a new log of yours, linked to the old one")

    def _on_conflict(self, feed: Feed) -> None:
        """A feed has forked: our own, by a copy of this profile, or somebody else's."""
        if feed.key in self._told_conflicts:
            return
        self._told_conflicts.add(feed.key)
        self._tell(Forked(feed.key))
        if feed.key == self._own.feed.key:
            self._go_on_in_another_feed("a copy of this profile has written something else")
        elif not self._own.owns(feed.key):
            self._notice(
                f"the log {feed.key.hex()[:8]} has two histories: what it had said stays, nothing new is taken from it"
            )

    def _on_blocks(self, feed: Feed, start: int, _end: int) -> None:
        self._told_store_error = ""
        if feed.conflict is not None:
            self._on_conflict(feed)
        elif feed.key == self._own.feed.key and self._own.is_superseded:
            self._go_on_in_another_feed("the disk has lost what you wrote; it comes back from those who have it")
        self._presence.grown(feed, start)
        if start == 0:
            self._moderation.goes_on(self._presence.lineage(feed.key))
        self._follower.catch_up_soon()

    def _tell_arrived(self, messages: tuple[Message, ...]) -> None:
        if messages:
            self._presence.arrived(messages)
            self._tell(Arrived(messages))

    def _notice(self, text: str) -> None:
        self._tell(Notice(sanitise_line(text, _NOTICE_LENGTH_MAX)))

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000

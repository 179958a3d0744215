"""A room that is open: the history on this disk, the people on this network, and what one says.

Owns where a room lies on the disk, the order in which it is opened and closed, and the events that its face hears.
Knows no face: the screen, plain lines and JSON all use it alike.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from multichat.errors import RefusedError, UsageError
from multichat.limits import ROOM_NAME_LENGTH_MAX, TEXT_LENGTH_MAX
from multichat.model.conversation import Arrived, Event, Listener, Notice, PeopleChanged
from multichat.model.message import Message, message_of
from multichat.model.names import DEFAULT_ROOM_NAME, file_name_of, require_nickname, require_room_name
from multichat.model.record import Record
from multichat.model.text import SafeText, sanitise_line
from multichat.model.timeline import Timeline
from multifeed import Feed, KeyPair, LockedError, Multifeed, StoreError
from multifeed.keys import normalise_room_name, room_key_from_name
from multifeed.net.swarm import Swarm, SwarmCallbacks, SwarmOptions
from multifeed.protocol.heads import Claim
from multifeed.protocol.session import Peer

_WRITER_NAME: Final = "local"
_ROOM_KEY_NAME: Final = "room key"
_NOTICE_LENGTH_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """Which room, whose, and how to reach others; `profile` None means one for each nickname."""

    data_dir: Path
    room_name: str = DEFAULT_ROOM_NAME
    profile: str | None = None
    swarm: SwarmOptions = field(default_factory=SwarmOptions)


class Room:
    """See `model.conversation.Conversation`, which this is.

    Made, it is open on this disk and has a port on this machine; nobody is looked for before `start`. Raises UsageError
    for a name that cannot be, RefusedError for a profile in use, LocalError (such as a port that is taken), StoreError.
    """

    def __init__(self, options: RoomOptions, nickname: str) -> None:
        nickname = require_nickname(nickname)
        room_name = require_room_name(options.room_name)
        directory = _room_directory(options, nickname, room_name)
        self._name = sanitise_line(room_name, ROOM_NAME_LENGTH_MAX)
        self._nickname = SafeText(nickname)
        self._listeners: list[Listener] = []
        self._is_catching_up = False
        self._is_closed = False
        self._release_timer: asyncio.TimerHandle | None = None
        self._held_changed = asyncio.Event()
        with ExitStack() as resources:
            self._multi = _open_multifeed(directory, nickname)
            resources.callback(self._multi.close)
            self._own_feed = self._multi.writer(_WRITER_NAME)
            self._timeline = _open_timeline(directory, self._multi, self._own_feed)
            resources.callback(self._timeline.close)
            self._swarm = self._make_swarm(_room_key(self._multi, room_name), options.swarm)
            self._resources = resources.pop_all()

    # --- what there is ---

    @property
    def name(self) -> SafeText:
        """The room's name."""
        return self._name

    @property
    def nickname(self) -> SafeText:
        """Our own nickname."""
        return self._nickname

    @property
    def own_feed(self) -> bytes:
        """The public key of our own feed, 32 bytes."""
        return self._own_feed.key

    @property
    def people(self) -> int:
        """How many other people are connected."""
        return self._swarm.people

    @property
    def port(self) -> int:
        """The TCP port on which others reach us."""
        return self._swarm.port

    @property
    def history(self) -> Timeline:
        """What has been said."""
        return self._timeline

    # --- what one does ---

    def send(self, text: str) -> Message:
        """Say `text`: it is on the disk when this returns, and on its way.

        Raises UsageError for a text that cannot be sent and StoreError when the disk refuses; then nothing was said.
        """
        if not text.strip():
            raise UsageError("there is nothing to send")
        if len(text) > TEXT_LENGTH_MAX:
            raise UsageError(f"a message has at most {TEXT_LENGTH_MAX} characters")
        record = Record(self._nickname, text, self._timeline.next_timestamp_ms())
        seq = self._own_feed.append(record.value())
        return message_of(self._own_feed.key, seq, record)

    async def wait_until_held(self) -> None:
        """Wait until some connected peer holds everything that we have written."""
        while not self._swarm.is_held(self._own_feed.key, self._own_feed.length):
            self._held_changed.clear()
            await self._held_changed.wait()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on, on the event loop; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- life ---

    async def start(self) -> None:
        """Look for people."""
        stop_listening = self._multi.listen(self._on_blocks)
        self._resources.callback(stop_listening)
        self._release()
        await self._swarm.start()

    async def close(self) -> None:
        """Say goodbye to everyone connected and release the profile."""
        if self._release_timer is not None:
            self._release_timer.cancel()
        await self._swarm.close()
        self._is_closed = True
        self._resources.close()

    # --- what happens ---

    def _make_swarm(self, room_key: bytes, options: SwarmOptions) -> Swarm:
        callbacks = SwarmCallbacks(
            people_changed=lambda: self._tell(PeopleChanged(self._swarm.people)),
            held=self._on_held,
            store_error=lambda error: self._notice(str(error)),
            notice=self._notice,
        )
        return Swarm(self._multi, room_key, self._key_pair(), options, callbacks)

    def _key_pair(self) -> KeyPair:
        key_pair = self._own_feed.key_pair
        assert key_pair is not None, "our own feed is written here"
        return key_pair

    def _on_held(self, _peer: Peer, _claim: Claim) -> None:
        self._held_changed.set()

    def _on_blocks(self, _feed: Feed, _start: int, _end: int) -> None:
        if not self._is_catching_up:
            self._is_catching_up = True
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        """Index one step of what has arrived, then let others have their turn."""
        if self._is_closed:
            return
        try:
            messages = self._timeline.advance()
        except StoreError as error:
            # The history is safe; the next block that arrives is another try.
            self._notice(str(error))
            messages = None
        if messages is None:
            self._is_catching_up = False
            self._set_release_timer()
            return
        asyncio.get_running_loop().call_soon(self._catch_up)
        if messages:
            self._tell(Arrived(messages))

    def _release(self) -> None:
        """Show what was held aside, once it is due."""
        messages = self._timeline.release()
        if messages:
            self._tell(Arrived(messages))
        self._set_release_timer()

    def _set_release_timer(self) -> None:
        if self._release_timer is not None:
            self._release_timer.cancel()
            self._release_timer = None
        due_ms = self._timeline.next_release_ms()
        if due_ms is not None:
            # Asked again at least hourly: the wall clock may be set while we wait.
            delay_s = min(max(due_ms / 1000 - time.time(), 0.1), 3600)
            self._release_timer = asyncio.get_running_loop().call_later(delay_s, self._release)

    def _notice(self, text: str) -> None:
        self._tell(Notice(sanitise_line(text, _NOTICE_LENGTH_MAX)))

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _room_directory(options: RoomOptions, nickname: str, room_name: str) -> Path:
    profile = file_name_of(options.profile or nickname)
    return options.data_dir / "profiles" / profile / "rooms" / file_name_of(normalise_room_name(room_name))


def _open_multifeed(directory: Path, nickname: str) -> Multifeed:
    try:
        return Multifeed.open(directory / "room.sqlite", value_encoding="cbor")
    except LockedError as error:
        holder = "another program" if error.pid is None else f"process {error.pid}"
        raise RefusedError(
            f"{nickname} is already in this room on this machine ({holder}); end that one, or take another nickname"
        ) from error


def _open_timeline(directory: Path, multi: Multifeed, own_feed: Feed) -> Timeline:
    """The timeline, with everything in it that the log holds."""
    timeline = Timeline.open(directory / "timeline.sqlite", multi, source=own_feed.key, clock_ms=_clock_ms)
    while timeline.advance() is not None:
        pass
    return timeline


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


def _room_key(multi: Multifeed, room_name: str) -> bytes:
    """The room's key: worked out of its name once, then kept."""
    key = multi.meta(_ROOM_KEY_NAME)
    if key is None:
        key = room_key_from_name(room_name)
        multi.set_meta(_ROOM_KEY_NAME, key)
    return key

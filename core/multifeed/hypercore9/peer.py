"""One link with a JavaScript peer: bytes come in, feeds grow, bytes go out.

    1  both ways  Noise XX; then everything is XORed with a key stream
    2  both ways  the channel of the room's key, each with its capability
    3  both ways  what multifeeds say (`mux`): who has which feeds and wants which
    4  both ways  a channel for each of them: what there is (`upload`), what is wanted (`download`)

Owns the order of these, and how much is done at a time. Does no I/O beside the store and owns no clock: whoever drives
it moves the bytes and supplies the time in seconds.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from multifeed import limits
from multifeed.errors import HandshakeError, MessageError, RemoteError, StoreError
from multifeed.feed import Feed
from multifeed.hypercore9 import messages
from multifeed.hypercore9.channels import LINK_CHANNEL, Channel, Channels
from multifeed.hypercore9.download import Download
from multifeed.hypercore9.framing import Frame
from multifeed.hypercore9.intake import Intake
from multifeed.hypercore9.messages import (
    Close,
    Data,
    Extension,
    Have,
    Message,
    Open,
    Options,
    Request,
    Status,
    Unhave,
    Want,
)
from multifeed.hypercore9.mux import Mux
from multifeed.hypercore9.transport import Transport
from multifeed.hypercore9.upload import Upload
from multifeed.multifeed import Multifeed
from multifeed.ranges import RangeSet

# After the disk has refused, peers' blocks wait this long for another try.
_STORE_PAUSE_S: Final = 5.0


@dataclass(slots=True, eq=False)
class _Joint:
    """A feed that both sides have a channel for, or are about to."""

    feed: Feed
    channel: Channel
    upload: Upload
    download: Download


@dataclass(frozen=True, slots=True)
class Policy:
    """What the program decides: which feeds are offered, which of theirs are taken, whom to tell of what.

    Of a feed that `offers` does not hold for any more, nothing further is given, not even to who has it already.
    `on_held(key, theirs)` hears what the other side holds of a feed written here; `theirs` grows, and is not to be
    changed. `on_flood` hears, once, of a feed that is taken slowly from now on; `on_store_error` of a disk that
    refuses.
    """

    offers: Callable[[Feed], bool]
    takes: Callable[[bytes], bool] = lambda _key: True
    on_held: Callable[[bytes, RangeSet], None] = lambda _key, _theirs: None
    on_flood: Callable[[bytes], None] = lambda _key: None
    on_store_error: Callable[[StoreError], None] = lambda _error: None


class Peer:
    """One end of a link. `entropy` is ENTROPY_LENGTH_BYTES of fresh randomness, `now_s` any clock that does not jump.

    `intake` is shared by all links of the program.
    """

    def __init__(
        self,
        multi: Multifeed,
        policy: Policy,
        *,
        initiator: bool,
        room_key: bytes,
        intake: Intake,
        entropy: bytes,
        now_s: float,
    ) -> None:
        self.is_closed = False
        # Why, in words for the person here; empty while it is open, and when the other side has just gone.
        self.reason = ""
        # What ended it, if that was the other side's doing.
        self.error: RemoteError | None = None
        # Frames have come that are still to be handled.
        self.has_unread = False
        # The other side does not take what it is sent: answers wait.
        self.is_paused = False
        self._multi = multi
        self._policy = policy
        self._room_key = room_key
        self._intake = intake
        self._transport = Transport(initiator=initiator, entropy=entropy, now_s=now_s)
        self._channels: Channels | None = None
        self._mux = Mux(self._send_on_link)
        self._joints: dict[bytes, _Joint] = {}
        self._requests: deque[tuple[_Joint, Request]] = deque()
        # Feeds of which something may be asked for; in order, so that a run can be repeated.
        self._wanting: dict[bytes, None] = {}
        # There may be feeds that are still to be offered.
        self._has_news = True
        self._paused_until_s: float | None = None
        self._greeting_due_s = now_s + limits.HANDSHAKE_TIMEOUT_S

    # --- bytes ---

    @property
    def is_ready(self) -> bool:
        """Whether the other side is a multifeed of this room."""
        return self._mux.is_ready

    @property
    def has_data_to_send(self) -> bool:
        """Whether `data_to_send` would give something."""
        return self._transport.has_data_to_send

    def data_to_send(self, now_s: float) -> bytes:
        """The bytes for the other side, each once."""
        return self._transport.data_to_send(now_s)

    def receive(self, data: bytes, now_s: float, *, frame_max: int | None = None) -> None:
        """Handle what has come; after `frame_max` frames the rest waits: `has_unread`, and b"" goes on with it."""
        if self.is_closed:
            return
        self.has_unread = False
        try:
            with closing(self._transport.receive(data, now_s)) as frames:
                for count, frame in enumerate(frames, 1):
                    self._handle_frame(frame, now_s)
                    if self.is_closed or count == frame_max:
                        self.has_unread = not self.is_closed
                        break
            self._begin()
        except RemoteError as error:
            self._fail(error)

    def receive_eof(self) -> None:
        """The connection has ended."""
        self.close("")

    def close(self, reason: str) -> None:
        """End the link."""
        if not self.is_closed:
            self.is_closed, self.reason = True, reason
            for joint in self._joints.values():
                joint.download.stop()
            self._joints.clear()
            self._requests.clear()

    def _fail(self, error: RemoteError) -> None:
        self.error = error
        self.close(str(error))

    # --- driven by the clock and by what is new here ---

    @property
    def has_work(self) -> bool:
        """Whether `poll` has more to do at once."""
        return bool(self._requests) and not self.is_paused

    def poll(self, now_s: float) -> None:
        """Offer what is new, answer some of what is asked, ask for what is missing."""
        if self.is_closed or not self.is_ready:
            return
        self._offer()
        self._answer()
        if self._paused_until_s is None or now_s >= self._paused_until_s:
            self._paused_until_s = None
            self._ask(now_s)

    def next_timeout_s(self) -> float:
        """When `handle_timeout` is due."""
        greeting_due_s = None if self.is_ready else self._greeting_due_s
        times_s = (
            greeting_due_s,
            self._paused_until_s,
            self._intake.next_timeout_s(),
            self._transport.next_timeout_s(),
        )
        return min(time_s for time_s in times_s if time_s is not None)

    def handle_timeout(self, now_s: float) -> None:
        """Do what is due; whoever was silent for too long is given up."""
        if self.is_closed:
            return
        try:
            self._require_greeting(now_s)
            self._transport.handle_timeout(now_s)
            for joint in self._joints.values():
                joint.download.handle_timeout(now_s)
        except RemoteError as error:
            self._fail(error)
        self._intake.take_further(now_s)
        self.look_again()
        self.poll(now_s)

    def _require_greeting(self, now_s: float) -> None:
        if not self.is_ready and now_s >= self._greeting_due_s:
            raise HandshakeError("the peer does not speak hypercore's protocol, or not for multifeeds")

    def look_again(self) -> None:
        """What was asked for on another link may have to be asked for here."""
        self._wanting.update(dict.fromkeys(self._joints))

    def changed(self, feed: Feed, start: int, end: int) -> None:
        """Blocks [start, end) of a feed are new here; an empty range says that something else about it is."""
        joint = self._joints.get(feed.key)
        if joint is None:
            self._has_news = True
        elif feed.key in self._multi.blocked:
            # The other side keeps its channel: unblocked, the feed goes on where it was.
            joint.download.pause()
        else:
            self._wanting[feed.key] = None
            if self._may_give(feed):
                joint.upload.tell(start, end, joint.download.theirs)

    def _may_give(self, feed: Feed) -> bool:
        """Whether what is held of a feed is for the other side; of one of which nothing is held, nothing can go out."""
        return not feed.held or (feed.key not in self._multi.blocked and self._policy.offers(feed))

    def _offer(self) -> None:
        if not self._has_news:
            return
        self._has_news = False
        blocked = self._multi.blocked
        feeds = [feed for feed in self._multi.feeds() if feed.key not in blocked and self._policy.offers(feed)]
        self._mux.offer(feed.key for feed in feeds[: limits.JS_FEEDS_MAX])
        # Of what was not taken when it was offered, some may be by now.
        self._mux.ask(key for key in self._mux.heard_of if self._takes(key))

    def _answer(self) -> None:
        """Answer a few requests, or one that is long."""
        count = 0
        while self.has_work and count < limits.JS_ANSWERS_PER_TURN_MAX:
            joint, request = self._requests.popleft()
            if joint.channel.is_open:
                self._answer_one(joint, request)
            count += 1
            if self._transport.unsent_bytes > limits.LINK_BUFFER_LOW_BYTES:
                return

    def _answer_one(self, joint: _Joint, request: Request) -> None:
        try:
            if self._may_give(joint.feed):
                joint.upload.answer(request)
            else:
                joint.upload.refuse(request)
        except StoreError as error:
            # They give the link up when they have waited for it in vain, and ask again on the next.
            self._policy.on_store_error(error)

    def _ask(self, now_s: float) -> None:
        """A batch of each feed in turn, so that none waits for another's history."""
        in_flight = sum(joint.download.in_flight for joint in self._joints.values()) if self._wanting else 0
        while self._wanting and in_flight < limits.JS_REQUESTS_IN_FLIGHT_MAX:
            key = next(iter(self._wanting))
            del self._wanting[key]
            joint = self._joints.get(key)
            if joint is not None and joint.channel.is_open and key not in self._multi.blocked:
                count = joint.download.ask(now_s)
                in_flight += count
                if count:
                    self._wanting[key] = None

    # --- what comes ---

    def _begin(self) -> None:
        """Open the room's channel once there are secrets to show by."""
        if self._channels is None and self._transport.secrets is not None:
            self._channels = Channels(self._room_key, self._transport.secrets, self._send)

    def _handle_frame(self, frame: Frame, now_s: float) -> None:
        self._begin()
        message = messages.decode(frame.type, frame.payload)
        if isinstance(message, Open):
            self._on_open(frame.channel, message, now_s)
        elif isinstance(message, Close):
            self._on_close(frame.channel, message)
        elif frame.channel == LINK_CHANNEL:
            self._on_link_message(message, now_s)
        else:
            joint = self._joint_at(frame.channel)
            if joint is not None and message is not None:
                self._on_feed_message(joint, message, now_s)

    def _on_open(self, remote_id: int, message: Open, now_s: float) -> None:
        assert self._channels is not None
        channel = self._channels.opened(remote_id, message)
        if channel is self._channels.room:
            self._mux.greet()
        elif channel.key in self._joints:
            self._joined(self._joints[channel.key], now_s)

    def _on_close(self, remote_id: int, message: Close) -> None:
        assert self._channels is not None
        channel = self._channels.closed(remote_id, message)
        if channel is self._channels.room:
            self.close("")
        elif channel is not None and channel.key is not None:
            self._joints.pop(channel.key).download.stop()

    def _on_link_message(self, message: Message | None, now_s: float) -> None:
        if isinstance(message, Options):
            self._mux.names(message)
        elif isinstance(message, Extension):
            heard = self._mux.receive(message)
            self._mux.ask(key for key in heard.offered if self._takes(key))
            self._replicate(heard.replicate, now_s)

    def _takes(self, key: bytes) -> bool:
        return key not in self._multi.blocked and self._policy.takes(key)

    def _replicate(self, keys: Iterable[bytes], now_s: float) -> None:
        """Open channels for feeds that both sides are to have."""
        assert self._channels is not None
        for key in keys:
            if key not in self._joints:
                if len(self._joints) >= limits.JS_FEEDS_MAX:
                    raise MessageError(f"there are more than {limits.JS_FEEDS_MAX} feeds on one link")
                channel = self._channels.open(key)
                joint = self._joints[key] = self._joint(self._multi.candidate(key), channel)
                if channel.is_open:
                    self._joined(joint, now_s)

    def _joint(self, feed: Feed, channel: Channel) -> _Joint:
        def send(message: Message) -> None:
            assert self._channels is not None
            self._channels.send(channel, message)

        return _Joint(feed, channel, Upload(feed, send), Download(feed, self._intake, send))

    def _joined(self, joint: _Joint, now_s: float) -> None:
        """Both sides have a feed's channel; of our own feeds we want to hear of each block that it has arrived."""
        assert self._channels is not None
        if joint.feed.writable:
            self._channels.send(joint.channel, Options(ack=True))
        joint.download.begin(now_s)

    def _joint_at(self, remote_id: int) -> _Joint | None:
        assert self._channels is not None
        channel = self._channels.at(remote_id)
        return None if channel is None or channel.key is None else self._joints.get(channel.key)

    def _on_feed_message(self, joint: _Joint, message: Message, now_s: float) -> None:
        match message:
            case Want():
                joint.upload.want(message, is_given=self._may_give(joint.feed))
            case Request():
                self._on_request(joint, message)
            case Data():
                self._on_data(joint, message, now_s)
            case Have():
                joint.download.have(message)
                self._wanting[joint.feed.key] = None
                self._tell_held(joint)
            case Unhave():
                joint.download.unhave(message)
            case Options():
                joint.upload.is_acknowledging = message.ack
            case Status(uploading=False):
                joint.download.stop()
            case _:
                # What they do not want any more costs nothing to have told them.
                pass

    def _on_request(self, joint: _Joint, request: Request) -> None:
        if len(self._requests) >= limits.JS_REQUESTS_QUEUED_MAX:
            raise MessageError("the peer asks for more than it takes")
        self._requests.append((joint, request))

    def _on_data(self, joint: _Joint, data: Data, now_s: float) -> None:
        self._wanting[joint.feed.key] = None
        try:
            joint.download.receive(data, now_s)
        except StoreError as error:
            self._paused_until_s = now_s + _STORE_PAUSE_S
            self._policy.on_store_error(error)

    def _tell_held(self, joint: _Joint) -> None:
        if joint.feed.writable:
            self._policy.on_held(joint.feed.key, joint.download.theirs)

    # --- what goes out ---

    def _send(self, channel_id: int, message: Message) -> None:
        self._transport.send(Frame(channel_id, *messages.encode(message)))

    def _send_on_link(self, message: Message) -> None:
        self._send(LINK_CHANNEL, message)

"""The replication of one link, as a state machine: bytes and commands in, events and bytes out.

    1  both ways               Hello: who this side is, signed; Digest: of all that it holds. Equal: done.
    2  initiator -> responder  Buckets: a digest for each 256th of the feeds
    3  responder -> initiator  Offer: all that it holds where they differ; Differing: where that is
    4  initiator -> responder  Offer: what the responder lacks
    5  both ways, for ever     Offer and Push when something is new; Request, answered by Blocks or Refusal;
                               Ping, Pong; Bye

Owns the order of messages, the aliases of feeds, who was told what, and the life of the link. Knows no sockets and no
store: whoever drives it moves the bytes, supplies the time in seconds, and answers the requests.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from multifeed import keys, limits
from multifeed.errors import HandshakeError, MessageError, RemoteError
from multifeed.keys import KeyPair
from multifeed.merkle import Head, Proof
from multifeed.protocol import messages
from multifeed.protocol.channel import Channel
from multifeed.protocol.events import (
    Answered,
    Asked,
    Claimed,
    Closed,
    Contradicted,
    Established,
    Event,
    Introduced,
    Peer,
    Pushed,
    Refused,
    Requested,
    Whereabouts,
)
from multifeed.protocol.heads import BUCKET_COUNT, Claim, HeadIndex, bucket_of
from multifeed.protocol.messages import (
    AnyMessage,
    Blocks,
    Buckets,
    Bye,
    Contradiction,
    Differing,
    Digest,
    Hello,
    Introduction,
    Offer,
    Offered,
    Ping,
    Pong,
    Push,
    Refusal,
    Request,
)
from multifeed.protocol.news import News
from multifeed.protocol.noise import DhKeyPair
from multifeed.ranges import RangeSet

# A room's worth of peers, before it comes to how many there are in the long run.
_INTRODUCED_AT_ONCE: Final = 4 * limits.INTRODUCTION_LENGTH_MAX_PEERS

# Until a ping has come back: a local network.
_ROUND_TRIP_GUESS_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this side is, on every link; `port` is where it accepts links, 0 for nowhere."""

    room_key: bytes = field(repr=False)
    device: DhKeyPair
    instance_id: bytes
    feed: KeyPair
    port: int
    agent: str


class Session:
    """One end of a link. `ephemeral` is 32 bytes of fresh randomness, `now_s` any clock that does not jump.

    `time_s` is what this machine's clock shows, which may: seconds since 1970, 0 for one without. It is told to the
    other side and compared with theirs, and nothing else depends on it.
    """

    def __init__(
        self, *, initiator: bool, identity: Identity, heads: HeadIndex, ephemeral: bytes, now_s: float
    ) -> None:
        self.initiator = initiator
        self.peer: Peer | None = None
        self.is_closed = False
        # Messages have come that are still to be handled.
        self.has_unread = False
        # The other side does not take what it is sent: what can wait waits.
        self.is_paused = False
        # It has heard who we are.
        self.is_confirmed = False
        self.round_trip_s = _ROUND_TRIP_GUESS_S
        # By how much the other side's clock is ahead of this one, at the least; None while it is not known.
        self.clock_ahead_s: int | None = None
        # What the other side holds, as far as it is known.
        self.claims: dict[bytes, Claim] = {}
        self._identity = identity
        self._heads = heads
        self._channel = Channel(
            initiator=initiator,
            room_key=identity.room_key,
            device=identity.device,
            ephemeral=DhKeyPair.from_private(ephemeral),
        )
        self._has_greeted = False
        self._handshake_deadline_s = now_s + limits.HANDSHAKE_TIMEOUT_S
        self._heard_at_s = now_s
        self._ping_sent_at_s: float | None = None
        self._ping_due_s = now_s
        # What this machine's clock showed when something was last heard, and when the ping was sent.
        self._time_s = 0
        self._ping_time_s = 0
        self._compared_by: set[type] = set()
        self._own_when_compared: dict[bytes, Claim] = {}
        self._our_aliases: dict[bytes, int] = {}
        self._our_keys: list[bytes] = []
        self._their_keys: list[bytes] = []
        self._their_aliases: dict[bytes, int] = {}
        self._pushed_lengths: dict[bytes, int] = {}
        self._news = News()
        self._shown_conflicts: dict[bytes, int] = {}
        # Said once what differs has been offered.
        self._differing: frozenset[int] | None = None
        self._offers_left = float(limits.SESSION_FEEDS_MAX)
        self._offers_counted_at_s = now_s
        self._introductions_left = float(_INTRODUCED_AT_ONCE)
        self._introductions_counted_at_s = now_s
        # How many runs `claims` consists of.
        self._claimed_runs = 0
        self._asked: dict[int, Asked] = {}
        self._next_request_id = 0
        self._unanswered: set[int] = set()
        self._events: list[Event] = []

    # --- driven by whoever moves the bytes ---

    @property
    def is_ready(self) -> bool:
        """Whether messages can be sent: news goes out from here on, since what was before is in the digest."""
        return self._has_greeted and not self.is_closed

    @property
    def has_data_to_send(self) -> bool:
        """Whether `data_to_send` would give anything."""
        return self._channel.has_data_to_send

    def data_to_send(self) -> bytes:
        """The bytes to send now; given once. After `is_closed`, these are the last words."""
        return self._channel.data_to_send()

    def receive(self, data: bytes, now_s: float, *, time_s: int = 0, message_max: int | None = None) -> list[Event]:
        """Take bytes from the other side. Whatever they are, nothing is raised: what is wrong ends in Closed.

        With `message_max`, no more messages than that are handled; while the session `has_unread`, the rest is there
        for the next call, which may be without data.
        """
        if self.is_closed:
            return []
        self._heard_at_s, self._time_s = now_s, time_s
        self.has_unread = False
        try:
            self._receive_messages(data, message_max)
        except RemoteError as error:
            self._close(str(error), error)
        return self._drain()

    def _receive_messages(self, data: bytes, message_max: int | None) -> None:
        with closing(self._channel.receive(data)) as received:
            for count, message in enumerate(received, 1):
                self._greet_when_open()
                self._handle(messages.decode(message))
                if self.is_closed:
                    return
                if count == message_max:
                    self.has_unread = True
                    return
        self._greet_when_open()

    def receive_eof(self) -> list[Event]:
        """The other side sends no more. Without a Bye before it, the link was cut."""
        if not self.is_closed:
            self.is_closed = True
            self._events.append(Closed("the connection was cut", is_clean=False))
        return self._drain()

    def next_timeout_s(self) -> float:
        """When `handle_timeout` is due."""
        if self.peer is None:
            return self._handshake_deadline_s
        if self._ping_sent_at_s is None:
            return min(self._heard_at_s + limits.PING_INTERVAL_S, self._ping_due_s)
        # Counted from the ping too: after this machine has slept, the other side has had no chance to answer yet.
        answer_due_s = self._ping_sent_at_s + limits.IDLE_TIMEOUT_S - limits.PING_INTERVAL_S
        return max(self._heard_at_s + limits.IDLE_TIMEOUT_S, answer_due_s)

    def handle_timeout(self, now_s: float, *, time_s: int = 0) -> list[Event]:
        """Do what is due."""
        if self.is_closed or now_s < self.next_timeout_s():
            return []
        if self.peer is None:
            self._close("the handshake took too long", HandshakeError("the handshake took too long"))
        elif self._ping_sent_at_s is None:
            self._ping(now_s, time_s)
        else:
            self._close("nothing was heard for too long", None)
        return self._drain()

    def close(self, reason: str) -> None:
        """Say goodbye; no event follows."""
        if not self.is_closed:
            self._close(reason, None)
            self._events.clear()

    # --- driven by whoever holds the feeds ---

    @property
    def asked_count(self) -> int:
        """How many requests of ours are open."""
        return len(self._asked)

    def announce(self, claims: Iterable[Claim]) -> None:
        """Tell what is held now, where that is news to the other side: a message at once, the rest by `tell_more`."""
        for claim in claims:
            self._news.add(claim)
        self.tell_more()

    @property
    def has_more_to_tell(self) -> bool:
        """Whether `tell_more` would say something."""
        return not self.is_paused and (bool(self._news) or self._differing is not None)

    def tell_more(self) -> None:
        """Send one message of what is still to be announced, unless the session is paused."""
        if self.is_paused:
            return
        if self._news:
            claims = self._news.take(limits.OFFER_LENGTH_MAX_FEEDS)
            self._send(Offer(tuple(map(self._offered, claims))))
            for claim in claims:
                self._show_conflict(claim)
        if self._differing is not None and not self._news:
            self._send(Differing(self._differing))
            self._differing = None

    def _show_conflict(self, claim: Claim) -> None:
        """With the first word about a frozen feed goes the evidence, to one who does not say that they have it."""
        conflict = self._heads.conflicts.get(claim.key)
        theirs = self.claims.get(claim.key)
        if conflict is None or (theirs is not None and theirs.is_frozen):
            return
        shown = self._shown_conflicts.get(claim.key, 0)
        if shown < limits.CONTRADICTIONS_PER_FEED_MAX:
            self._shown_conflicts[claim.key] = shown + 1
            self._send(Contradiction(self._our_aliases[claim.key], conflict))

    def keep_quiet(self, key: bytes) -> None:
        """Say nothing of a feed for now; what is announced of it then is news, whatever was said before."""
        self._news.drop(key)

    def can_push(self, key: bytes, start: int) -> bool:
        """Whether the other side has everything of a feed up to `start`, or will have by then, and nothing more."""
        claim = self.claims.get(key)
        if self._pushed_lengths.get(key) == start:
            # Whoever does not say that it takes what it gets may not want it.
            return start - (0 if claim is None else claim.length) <= limits.PUSHED_AHEAD_MAX_BLOCKS
        return start == 0 if claim is None else claim.is_whole and claim.length == start

    def push(self, claim: Claim, blocks: Sequence[bytes], head: Head) -> None:
        """Send the last `blocks` of a feed unasked; `claim` is what this side holds with them."""
        if claim.key not in self._our_aliases:
            self._send(Offer((self._offered(claim),)))
        self._send(Push(self._our_aliases[claim.key], tuple(blocks), head))
        self._pushed_lengths[claim.key] = head.length
        self._news.told(claim)

    def can_request(self, key: bytes) -> bool:
        """Whether the other side has offered a feed. One of ours that is equal on both sides it need not have named."""
        return key in self._their_aliases

    def introduce(self, peers: Sequence[Whereabouts]) -> None:
        """Make others of the room known; the first ones, if they are too many for one message."""
        self._send(Introduction(tuple(peers[: limits.INTRODUCTION_LENGTH_MAX_PEERS])))

    def request(self, key: bytes, start: int, end: int, since: int) -> None:
        """Ask for blocks that the other side has offered."""
        request_id = self._next_request_id
        self._next_request_id = (request_id + 1) & 0xFFFF_FFFF
        self._asked[request_id] = Asked(key, start, end, since)
        self._send(Request(request_id, self._their_aliases[key], start, end, since))

    def answer(self, request_id: int, blocks: Sequence[bytes], proof: Proof) -> None:
        """Send what was requested."""
        self._unanswered.discard(request_id)
        self._send(Blocks(request_id, tuple(blocks), proof))

    def refuse(self, request_id: int, key: bytes) -> None:
        """Say that what was requested of a feed does not come.

        The other side asks for nothing more of it until it is claimed again, which then is news whatever it says.
        """
        self._unanswered.discard(request_id)
        self._news.retract(key)
        self._send(Refusal(request_id))

    # --- messages ---

    def _handle(self, message: AnyMessage) -> None:  # noqa: C901, PLR0912 (the table of messages, a line each)
        if (self.peer is None) != isinstance(message, Hello):
            raise MessageError("a hello is the first message, and no other")
        match message:
            case Hello():
                self._on_hello(message)
            case Digest(root):
                self._on_digest(root)
            case Buckets(digests):
                self._on_buckets(digests)
            case Differing(buckets):
                self._on_differing(buckets)
            case Offer(feeds):
                self._count_offers(max(len(feeds), 1))
                for offered in feeds:
                    self._on_offered(offered)
                self.tell_more()
            case Request():
                self._on_request(message)
            case Blocks(request_id, blocks, proof):
                self._on_blocks(request_id, blocks, proof)
            case Refusal(request_id):
                self._events.append(Refused(self._take_asked(request_id)))
            case Push(alias, blocks):
                self._on_push(self._their_key(alias), blocks, message.proof)
            case Contradiction(alias, conflict):
                self._events.append(Contradicted(self._their_key(alias), conflict))
            case Introduction(peers):
                self._on_introduction(peers)
            case Ping(token):
                self._send(Pong(token, self._time_s))
            case Pong(_, time_s):
                self._on_pong(time_s)
            case Bye(reason):
                self.is_closed = True
                self._events.append(Closed(reason, is_clean=True))

    def _greet_when_open(self) -> None:
        """Hello and Digest go out together, as soon as they can."""
        if self._has_greeted or not self._channel.is_open:
            return
        self._has_greeted = True
        identity = self._identity
        signature = identity.feed.sign(hello_signable(self._channel.handshake_hash, initiator=self.initiator))
        self._send(
            Hello(identity.instance_id, identity.feed.public_key, signature, identity.port, identity.agent),
        )
        self._send(Digest(self._heads.root()))
        self._ping(self._heard_at_s, self._time_s)

    def _on_hello(self, hello: Hello) -> None:
        signed = hello_signable(self._channel.handshake_hash, initiator=not self.initiator)
        if not keys.verify(hello.feed_key, signed, hello.signature):
            raise HandshakeError("the peer does not prove that its feed is its own")
        self.peer = Peer(hello.instance_id, hello.feed_key, self._channel.remote_device_key, hello.port, hello.agent)
        self._events.append(Established(self.peer))

    def _on_digest(self, root: bytes) -> None:
        self._require_first(Digest)
        if root == self._heads.root():
            self._believe_equal(self._own_claims(), range(BUCKET_COUNT))
        elif self.initiator:
            self._own_when_compared = self._own_claims()
            self._send(Buckets(tuple(self._heads.buckets())))

    def _on_buckets(self, digests: Sequence[bytes]) -> None:
        if self.initiator:
            raise MessageError("buckets come from the initiator")
        self._require_first(Buckets)
        ours = self._heads.buckets()
        differing = frozenset(bucket for bucket in range(BUCKET_COUNT) if ours[bucket] != digests[bucket])
        self._differing = differing
        self.announce(claim for bucket in sorted(differing) for claim in self._heads.claims(bucket))
        self._believe_equal(self._own_claims(), frozenset(range(BUCKET_COUNT)) - differing)

    def _on_differing(self, differing: frozenset[int]) -> None:
        if not self.initiator:
            raise MessageError("what differs comes from the responder")
        self._require_first(Differing)
        claims = [claim for bucket in sorted(differing) for claim in self._heads.claims(bucket)]
        self.announce(claim for claim in claims if claim != self.claims.get(claim.key))
        self._believe_equal(self._own_when_compared, frozenset(range(BUCKET_COUNT)) - differing)

    def _require_first(self, kind: type) -> None:
        """What compares the two sides is said once on a link: answers to it are long."""
        if kind in self._compared_by:
            raise MessageError("the two sides are compared once")
        self._compared_by.add(kind)

    def _own_claims(self) -> dict[bytes, Claim]:
        return {claim.key: claim for claim in map(self._heads.get, self._heads.own) if claim is not None}

    def _believe_equal(self, own: dict[bytes, Claim], buckets: Iterable[int]) -> None:
        """Where digests are equal, the other side holds of our own feeds what we did when they were compared."""
        equal = frozenset(buckets)
        for key, claim in own.items():
            if bucket_of(key) in equal:
                self._believe(claim)

    def _on_offered(self, offered: Offered) -> None:
        if offered.key is not None:
            self._name_feed(offered.alias, offered.key)
        claim = offered.claim(self._their_key(offered.alias))
        self._believe(claim)
        ours = self._heads.get(claim.key)
        if ours is None:
            return
        if ours.is_frozen and not claim.is_frozen and self._news.was_told(ours):
            # With the evidence, which it does not seem to have.
            self._news.retract(claim.key)
            self._news.add(ours)
        elif (ours.is_frozen and not claim.is_frozen) or not _covers(claim, ours):
            # Whoever lacks something that we hold has not heard of it, or has lost it.
            self._news.add(ours)

    def _count_offers(self, count: int) -> None:
        """Nobody has so much to say that it comes faster than this for long; it would be all that we listen to."""
        passed_s = self._heard_at_s - self._offers_counted_at_s
        self._offers_counted_at_s = self._heard_at_s
        refilled = self._offers_left + passed_s * limits.OFFERS_PER_S
        self._offers_left = min(refilled, limits.SESSION_FEEDS_MAX) - count
        if self._offers_left < 0:
            raise MessageError("feeds are offered faster than anybody could listen")

    def _on_push(self, key: bytes, blocks: tuple[bytes, ...], proof: Proof) -> None:
        """Whoever pushes holds everything before it too."""
        self._count_offers(1)
        claim = Claim(key, proof.head.length, proof.head.tree_hash, ((0, proof.head.length),))
        self._remember(claim)
        self._events.append(Pushed(claim, blocks, proof))

    def _on_introduction(self, peers: tuple[Whereabouts, ...]) -> None:
        passed_s = self._heard_at_s - self._introductions_counted_at_s
        self._introductions_counted_at_s = self._heard_at_s
        refilled = self._introductions_left + passed_s * limits.INTRODUCED_PEERS_PER_S
        self._introductions_left = min(refilled, _INTRODUCED_AT_ONCE)
        # Beyond that they are not listened to: whoever is there is heard of again.
        heard = peers[: int(self._introductions_left)]
        self._introductions_left -= len(heard)
        if heard:
            self._events.append(Introduced(heard))

    def _believe(self, claim: Claim) -> None:
        self._events.append(Claimed(self._remember(claim)))

    def _remember(self, claim: Claim) -> Claim:
        earlier = self.claims.get(claim.key)
        self._claimed_runs -= 0 if earlier is None else len(earlier.held)
        if self._claimed_runs + len(claim.held) > limits.SESSION_RUNS_MAX:
            # Whoever holds so many pieces is asked for the newest of each feed; when that is here they may say more.
            claim = claim._replace(held=claim.held[-1:])
        self._claimed_runs += len(claim.held)
        self.claims[claim.key] = claim
        return claim

    def _name_feed(self, alias: int, key: bytes) -> None:
        if alias != len(self._their_keys) or alias >= limits.SESSION_FEEDS_MAX:
            raise MessageError("aliases are given in order")
        if key in self._their_aliases:
            raise MessageError("a feed is named twice")
        self._their_aliases[key] = alias
        self._their_keys.append(key)

    def _their_key(self, alias: int) -> bytes:
        if alias >= len(self._their_keys):
            raise MessageError("an alias was never given")
        return self._their_keys[alias]

    def _on_request(self, request: Request) -> None:
        if request.alias >= len(self._our_keys):
            raise MessageError("a request is for a feed that was never offered")
        if request.request_id in self._unanswered or len(self._unanswered) >= limits.REQUESTS_IN_FLIGHT_MAX:
            raise MessageError("too many requests at once")
        self._unanswered.add(request.request_id)
        key = self._our_keys[request.alias]
        self._events.append(Requested(request.request_id, key, request.start, request.end, request.since))

    def _on_blocks(self, request_id: int, blocks: tuple[bytes, ...], proof: Proof) -> None:
        asked = self._take_asked(request_id)
        if proof.end != asked.end or proof.start < asked.start:
            raise MessageError("an answer is not the end of what was asked for")
        self._events.append(Answered(asked, blocks, proof))

    def _take_asked(self, request_id: int) -> Asked:
        try:
            return self._asked.pop(request_id)
        except KeyError:
            raise MessageError("an answer to what was never asked") from None

    # --- the life of the link ---

    def _ping(self, now_s: float, time_s: int) -> None:
        self._ping_sent_at_s, self._ping_time_s = now_s, time_s
        self._ping_due_s = now_s + limits.CLOCK_INTERVAL_S
        self._send(Ping(0))

    def _on_pong(self, time_s: int) -> None:
        if self._ping_sent_at_s is not None:
            self._compare_clocks(time_s)
            # The first ping went out right behind our hello.
            self.is_confirmed = True
            self.round_trip_s = self._heard_at_s - self._ping_sent_at_s
            self._ping_sent_at_s = None

    def _compare_clocks(self, theirs_s: int) -> None:
        """Theirs has shown this at some time since they were asked; this machine may have slept since then."""
        if theirs_s and self._time_s and self._ping_time_s:
            least_s, most_s = theirs_s - self._time_s, theirs_s - self._ping_time_s
            self.clock_ahead_s = least_s if least_s > 0 else min(most_s, 0)

    def _offered(self, claim: Claim) -> Offered:
        alias = self._our_aliases.get(claim.key)
        if alias is not None:
            return Offered(alias, None, *claim[1:])
        alias = self._our_aliases[claim.key] = len(self._our_keys)
        self._our_keys.append(claim.key)
        return Offered(alias, *claim)

    def _send(self, message: AnyMessage) -> None:
        self._channel.send(messages.encode(message))

    def _close(self, reason: str, error: RemoteError | None) -> None:
        if self._channel.is_open:
            self._send(Bye(reason[: limits.REASON_LENGTH_MAX]))
        self.is_closed = True
        self._events.append(Closed(reason, is_clean=False, error=error))

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def _covers(claim: Claim, other: Claim) -> bool:
    held = RangeSet(claim.held)
    return all(held.covers(*run) for run in other.held)


def hello_signable(handshake_hash: bytes, *, initiator: bool) -> bytes:
    """What a feed's key signs to prove itself on one channel.

    Its length tells it from the 40 bytes of a head, and the role from what the other side signs.
    """
    return b"multichat hello " + (b"initiator" if initiator else b"responder") + handshake_hash

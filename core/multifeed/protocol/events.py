"""What comes of a link: who the other side is, and everything that it says. Pure."""

from dataclasses import dataclass

from multifeed.conflict import Conflict
from multifeed.errors import RemoteError
from multifeed.merkle import Proof
from multifeed.protocol.heads import Claim


@dataclass(frozen=True, slots=True)
class Peer:
    """Who the other side has proven to be: it holds the secret keys of `device_key` and `feed_key`."""

    instance_id: bytes
    feed_key: bytes
    device_key: bytes
    port: int
    agent: str


@dataclass(frozen=True, slots=True)
class Established:
    """The other side is who it says; everything may be asked of it now."""

    peer: Peer


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the other side holds of a feed, by its own word."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Requested:
    """The other side wants blocks [start, end); to be answered by `Session.answer` or `Session.refuse`."""

    request_id: int
    key: bytes
    start: int
    end: int
    since: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of ours that is open; `since` was the length of our head when it was made."""

    key: bytes
    start: int
    end: int
    since: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Blocks that were asked for: the last ones of the range. Not verified yet."""

    asked: Asked
    blocks: tuple[bytes, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side does not send what was asked."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Pushed:
    """New blocks that nobody asked for, the last ones of what the other side claims with them. Not verified yet."""

    claim: Claim
    blocks: tuple[bytes, ...]
    proof: Proof


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Evidence that a feed's key has signed two histories. Not verified yet."""

    key: bytes
    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Closed:
    """The link is over. `error` says what the other side did wrong, if anything; `is_clean` that it said goodbye."""

    reason: str
    is_clean: bool
    error: RemoteError | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody of the room accepts links: an address of 4 or 16 bytes, and a port."""

    instance_id: bytes
    address: bytes
    port: int


@dataclass(frozen=True, slots=True)
class Introduced:
    """The other side makes others known. What it says may be wrong; who is there shows when they are dialled."""

    peers: tuple[Whereabouts, ...]


Event = Introduced | Established | Claimed | Requested | Answered | Refused | Pushed | Contradicted | Closed

"""Links that somebody has written down, or stands in the middle of: what saying it again, or having keys, leads to."""

import hashlib

import pytest

from multifeed.errors import FrameError, HandshakeError
from multifeed.protocol.channel import PROTOCOL_NAME, PROTOCOL_VERSION, prologue_of
from multifeed.protocol.events import Established
from multifeed.protocol.framing import FrameDecoder
from multifeed.protocol.heads import HeadIndex
from multifeed.protocol.messages import Hello
from multifeed.protocol.noise import DHLEN, TAGLEN, DhKeyPair, SymmetricState
from multifeed.protocol.session import Session
from tests.helpers.pipe import ROOM_KEY, Pipe, RawPeer, greeted, identity, session

_ALICE, _BOB, _MALLORY = 1, 2, 3

# e, then the encrypted s and the tag of an empty payload, with the length of the frame before them.
_SECOND_MESSAGE_LENGTH_BYTES = 2 + DHLEN + (DHLEN + TAGLEN) + TAGLEN


def _anew(number: int, *, initiator: bool) -> Session:
    """Somebody on another link, with another ephemeral key than `session` gives them."""
    ephemeral = hashlib.sha256(b"another %d" % number).digest()
    return Session(initiator=initiator, identity=identity(number), heads=HeadIndex(), ephemeral=ephemeral, now_s=0.0)


def _recorded() -> Pipe:
    return greeted(session(_ALICE, initiator=True), session(_BOB, initiator=False))


def test_all_that_an_initiator_said_said_again_gets_the_second_message_and_leads_nowhere() -> None:
    """The first message is good for anybody who has it: they learn that somebody of its room is here, and no more."""
    pipe = _recorded()
    bob = _anew(_BOB, initiator=False)
    events = bob.receive(pipe.left.sent, 0.0)
    assert not any(isinstance(event, Established) for event in events)
    assert bob.is_closed
    answer = bob.data_to_send()
    assert len(answer) == _SECOND_MESSAGE_LENGTH_BYTES
    assert not _parts(answer) & _parts(pipe.right.sent), "nor is it an answer that was ever given before"


def test_all_that_a_responder_said_said_again_leads_nowhere() -> None:
    pipe = _recorded()
    alice = _anew(_ALICE, initiator=True)
    alice.data_to_send()
    events = alice.receive(pipe.right.sent, 0.0)
    assert not any(isinstance(event, Established) for event in events)
    assert alice.is_closed
    assert not alice.has_data_to_send


def _parts(data: bytes) -> set[bytes]:
    return {data[at : at + 16] for at in range(len(data) - 15)}


@pytest.mark.parametrize("initiator", [True, False], ids=["dialled", "dialling"])
def test_whoever_stands_between_two_with_the_rooms_key_cannot_pass_for_either(*, initiator: bool) -> None:
    """The hello of one, passed on to the other word for word: it was signed for the link to the one in the middle."""
    towards_alice, towards_bob = (RawPeer(_MALLORY, initiator=not side) for side in (initiator, not initiator))
    alice, bob = session(_ALICE, initiator=initiator), session(_BOB, initiator=not initiator)
    near = Pipe(alice, towards_alice) if initiator else Pipe(towards_alice, alice)
    far = Pipe(towards_bob, bob) if initiator else Pipe(bob, towards_bob)
    near.run()
    far.run()
    (hello,) = (near.right if initiator else near.left).of(Hello)
    assert hello.feed_key == identity(_ALICE).feed.public_key
    towards_bob.send(hello)
    far.run()
    end = far.right if initiator else far.left
    assert isinstance(end.closed.error, HandshakeError)
    assert end.of(Established) == []


def _static_read_by_a_thief(first: bytes, second: bytes, secret: bytes | None) -> bytes:
    """The responder's static key out of both messages, read with the room's key and what may be the ephemerals' secret.

    It is the first that is sealed under that secret; None tries it without any.
    """
    symmetric = SymmetricState(PROTOCOL_NAME)
    symmetric.mix_hash(prologue_of(PROTOCOL_VERSION))
    symmetric.mix_key_and_hash(ROOM_KEY)
    _mix_ephemeral(symmetric, first[:DHLEN])
    # With the room's key, this much can be read.
    symmetric.decrypt_and_hash(first[DHLEN:])
    _mix_ephemeral(symmetric, second[:DHLEN])
    if secret is not None:
        symmetric.mix_key(secret)
    return symmetric.decrypt_and_hash(second[DHLEN:-TAGLEN])


def _mix_ephemeral(symmetric: SymmetricState, public_key: bytes) -> None:
    symmetric.mix_hash(public_key)
    symmetric.mix_key(public_key)


def test_whoever_gets_all_keys_that_are_kept_cannot_read_a_link_that_was_written_down_before() -> None:
    pipe = _recorded()
    first, second = (next(FrameDecoder().receive(end.sent)) for end in (pipe.left, pipe.right))
    devices = [identity(number).device for number in (_ALICE, _BOB)]
    ephemerals = (first[:DHLEN], second[:DHLEN])
    secrets = [device.dh(key) for device in devices for key in (*ephemerals, *(one.public_key for one in devices))]
    for secret in [None, ROOM_KEY, *secrets]:
        with pytest.raises(FrameError):
            _static_read_by_a_thief(first, second, secret)
    # With what nobody has kept, it is read.
    ephemeral = DhKeyPair.from_private(b"ephemeral " + _ALICE.to_bytes(22))
    static = _static_read_by_a_thief(first, second, ephemeral.dh(second[:DHLEN]))
    assert static == identity(_BOB).device.public_key

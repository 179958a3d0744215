"""What eats the bytes of a peer, as functions of bytes that return: a target for each decoder, two for the session.

Owns what may come out: a RemoteError, and nothing else. Beside that, each target checks what must be true of what it
let through.
"""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

import nacl.bindings

from multichat.limits import NICKNAME_LENGTH_MAX, TEXT_LENGTH_MAX
from multichat.model.message import message_of
from multichat.model.record import parse_record
from multichat.model.text import sanitise_line, sanitise_text
from multichat.widgets.wrapping import shorten, wrap
from multifeed import BlockDecodeError, InvalidProofError
from multifeed.conflict import Conflict
from multifeed.encoding import encoding_named
from multifeed.errors import FrameError, HandshakeError, MessageError
from multifeed.limits import FRAME_LENGTH_MAX_BYTES, MESSAGE_LENGTH_MAX_BYTES
from multifeed.protocol import messages
from multifeed.protocol.beacon import MAGIC, NONCE_LENGTH_BYTES, BeaconBox
from multifeed.protocol.channel import PROTOCOL_NAME, PROTOCOL_VERSION, Channel, prologue_of
from multifeed.protocol.framing import FrameDecoder, MessageAssembler, frame
from multifeed.protocol.noise import DHLEN, DhKeyPair, HandshakeState
from tests.fuzz.history import FORKED, SUBJECT, history
from tests.fuzz.insider import EPHEMERAL
from tests.fuzz.mutations import Mutation, changed_bytes, changed_cbor, changed_script
from tests.fuzz.play import is_initiator, play_script, play_wire, subject
from tests.helpers.pipe import ROOM_KEY, identity, session

BEACON_KEY: Final = b"beacon key".ljust(32)

# The first byte of an insider's handshake: beside INITIATOR, which of its keys are replaced by what follows.
EPHEMERAL_REPLACED: Final = 2
STATIC_REPLACED: Final = 4

# What a column of the timeline can hold.
_TIMESTAMP_MAX_MS: Final = (1 << 63) - 1
_WIDTH_MAX: Final = 100
_ISOLATES: Final = "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
_SHOWN: Final = frozenset(f"\n\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}{_ISOLATES}")
_NEVER_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Target(NamedTuple):
    """`run` raises for a finding only. Inputs are changed by `changed`, and are at most so long."""

    run: Callable[[bytes], None]
    changed: Mutation
    length_max_bytes: int


def _pieces(data: bytes) -> Iterator[bytes]:
    """All after the first byte, in pieces of a length that it gives."""
    length = data[0] + 1 if data else 1
    for at in range(1, len(data), length):
        yield data[at : at + length]


# --- decoders ---


def run_message(data: bytes) -> None:
    """The plaintext of a message."""
    try:
        message = messages.decode(data)
    except MessageError:
        return
    assert messages.encode(message) == data, "a message has two encodings"


def run_frames(data: bytes) -> None:
    """A stream of frames, whose payloads are taken for fragments of messages."""
    decoder, assembler = FrameDecoder(), MessageAssembler()
    with suppress(FrameError):
        for piece in _pieces(data):
            for payload in decoder.receive(piece):
                message = assembler.add(payload)
                assert message is None or len(message) <= MESSAGE_LENGTH_MAX_BYTES
            assert len(decoder._buffer) < 2 + FRAME_LENGTH_MAX_BYTES
            assert assembler._length <= MESSAGE_LENGTH_MAX_BYTES


def run_handshake(data: bytes) -> None:
    """The bytes of a handshake from somebody who may not even know the room; the first says who has dialled."""
    channel = Channel(
        initiator=is_initiator(data),
        room_key=ROOM_KEY,
        device=identity(SUBJECT).device,
        ephemeral=DhKeyPair.from_private(b"ephemeral " + SUBJECT.to_bytes(22)),
    )
    with suppress(HandshakeError, FrameError):
        for piece in _pieces(bytes([255]) + data[1:]):
            list(channel.receive(piece))


def run_insider(data: bytes) -> None:
    """A handshake with somebody who knows the room, and sends any keys and payloads under it."""
    data = data.ljust(1 + 2 * DHLEN, b"\x00")
    flags, ephemeral, static, payload = data[0], data[1:][:DHLEN], data[1 + DHLEN :][:DHLEN], data[1 + 2 * DHLEN :]
    device = identity(2).device
    insider = HandshakeState(
        PROTOCOL_NAME,
        initiator=not is_initiator(data),
        prologue=prologue_of(PROTOCOL_VERSION),
        s=DhKeyPair(device.private_key, static) if flags & STATIC_REPLACED else device,
        e=DhKeyPair(EPHEMERAL.private_key, ephemeral) if flags & EPHEMERAL_REPLACED else EPHEMERAL,
        psks=[ROOM_KEY],
    )
    attacked = session(SUBJECT, initiator=is_initiator(data))
    answers = FrameDecoder()
    while not insider.finished:
        if insider.my_turn:
            attacked.receive(frame(insider.write_message(payload)[:FRAME_LENGTH_MAX_BYTES]), 0.0)
            continue
        heard = next(answers.receive(attacked.data_to_send()), None)
        try:
            assert heard is not None
            insider.read_message(heard)
        except (AssertionError, HandshakeError):
            # The other has given up, or does not find the keys that were put in its place.
            break
    attacked.receive_eof()


def run_datagram(data: bytes) -> None:
    """A datagram from anybody on the network."""
    with suppress(MessageError):
        BeaconBox(BEACON_KEY).unseal(data)


def run_beacon(data: bytes) -> None:
    """What somebody of the room has put into a beacon."""
    box = BeaconBox(BEACON_KEY)
    nonce = bytes(NONCE_LENGTH_BYTES)
    sealed = nacl.bindings.crypto_secretbox(data, nonce, box._body_key)
    with suppress(MessageError):
        assert box.unseal(MAGIC + nonce + box._tag(nonce) + sealed) is not None, "a beacon of the room is not heard"


def run_evidence(data: bytes) -> None:
    """Evidence that a feed has forked."""
    with suppress(InvalidProofError):
        conflict = Conflict.unpack(data)
        assert conflict.pack() == data
        conflict.require_valid(history(FORKED).key)
        assert conflict.first != conflict.second, "a head contradicts itself"


def run_cbor(data: bytes) -> None:
    """A block that holds a value in CBOR."""
    with suppress(BlockDecodeError):
        encoding_named("cbor").decode(data)


def run_json(data: bytes) -> None:
    """A block that holds a value in JSON."""
    with suppress(BlockDecodeError):
        encoding_named("json").decode(data)


def run_record(data: bytes) -> None:
    """A block of the chat, up to what is shown of it."""
    try:
        record = parse_record(encoding_named("cbor").decode(data))
    except BlockDecodeError:
        return
    if record is not None:
        message = message_of(bytes(32), 0, record)
        assert 0 <= record.timestamp_ms <= _TIMESTAMP_MAX_MS
        _require_safe(message.nickname, NICKNAME_LENGTH_MAX)
        _require_safe(message.text, TEXT_LENGTH_MAX)
        assert "\n" not in message.nickname


def run_text(data: bytes) -> None:
    """A text on its way to the screen; the first byte gives the width."""
    # What is not UTF-8 becomes halves of pairs, which no decoder of a record lets through: here they may come.
    text = data[1:].decode("utf-8", "surrogateescape")
    width = data[0] % _WIDTH_MAX + 1 if data else 1
    shown = sanitise_text(text, TEXT_LENGTH_MAX)
    line = sanitise_line(text, NICKNAME_LENGTH_MAX)
    _require_safe(shown, TEXT_LENGTH_MAX)
    _require_safe(line, NICKNAME_LENGTH_MAX)
    assert "\n" not in line
    assert "".join(wrap(shown, width)) == shown
    shorten(line, width)


def _require_safe(shown: str, length_max: int) -> None:
    for character in shown:
        assert character in _SHOWN or unicodedata.category(character) not in _NEVER_SHOWN, f"{character!r} is shown"
    # A tab is four spaces, and every line may have a pair of isolates.
    assert len(shown) <= 4 * length_max


# --- the session ---


def run_dialogue(data: bytes) -> None:
    """A link with an insider, as a script."""
    with subject(initiator=is_initiator(data)) as running:
        play_script(running, data)


def run_wire(data: bytes) -> None:
    """A link with anybody, as bytes from the first one on; the first two say who dialled and how it is cut."""
    with subject(initiator=is_initiator(data)) as running:
        play_wire(running, data[2:], 1 + 16 * data[1] if len(data) > 1 else 1)


TARGETS: Final = {
    "message": Target(run_message, changed_cbor, 1 << 17),
    "frames": Target(run_frames, changed_bytes, 1 << 17),
    "handshake": Target(run_handshake, changed_bytes, 1 << 10),
    "insider": Target(run_insider, changed_bytes, 1 << 10),
    "datagram": Target(run_datagram, changed_bytes, 1_200),
    "beacon": Target(run_beacon, changed_cbor, 1_200),
    "evidence": Target(run_evidence, changed_bytes, 1 << 13),
    "cbor": Target(run_cbor, changed_cbor, 1 << 17),
    "json": Target(run_json, changed_bytes, 1 << 17),
    "record": Target(run_record, changed_cbor, 1 << 17),
    "text": Target(run_text, changed_bytes, 1 << 12),
    "dialogue": Target(run_dialogue, changed_script, 1 << 17),
    "wire": Target(run_wire, changed_bytes, 1 << 15),
}

"""Published vectors of the Noise protocol framework, through the class that links use."""

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from multifeed.errors import HandshakeError
from multifeed.protocol.noise import DhKeyPair, HandshakeState

_VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "noise.json").read_text())["vectors"]


@pytest.fixture(params=_VECTORS, ids=lambda vector: vector["protocol_name"])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


def _state(vector: dict[str, Any], side: str) -> HandshakeState:
    static = vector.get(f"{side}_static")
    return HandshakeState(
        vector["protocol_name"],
        initiator=side == "init",
        prologue=bytes.fromhex(vector[f"{side}_prologue"]),
        s=None if static is None else DhKeyPair.from_private(bytes.fromhex(static)),
        e=DhKeyPair.from_private(bytes.fromhex(vector[f"{side}_ephemeral"])),
        psks=[bytes.fromhex(psk) for psk in vector.get(f"{side}_psks", ())],
    )


def _messages(vector: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"])) for message in vector["messages"]]


def _shake_hands(vector: dict[str, Any]) -> tuple[HandshakeState, HandshakeState, list[tuple[bytes, bytes]]]:
    """Both sides after the handshake, checked on the way, and the messages that are left."""
    writer, reader = initiator, responder = _state(vector, "init"), _state(vector, "resp")
    messages = _messages(vector)
    while not initiator.finished:
        payload, ciphertext = messages.pop(0)
        assert writer.my_turn
        assert writer.write_message(payload) == ciphertext
        assert reader.read_message(ciphertext) == payload
        writer, reader = reader, writer
    return initiator, responder, messages


def test_the_handshake_has_the_published_ciphertexts_and_hash(vector: dict[str, Any]) -> None:
    initiator, responder, _ = _shake_hands(vector)
    assert responder.finished
    assert initiator.handshake_hash == responder.handshake_hash
    if "handshake_hash" in vector:
        assert initiator.handshake_hash.hex() == vector["handshake_hash"]


def test_both_sides_learn_the_static_key_of_the_other(vector: dict[str, Any]) -> None:
    initiator, responder, _ = _shake_hands(vector)
    for state, other_side in ((initiator, "resp"), (responder, "init")):
        static = vector.get(f"{other_side}_static")
        expected = b"" if static is None else DhKeyPair.from_private(bytes.fromhex(static)).public_key
        assert state.remote_static == expected


def test_the_transport_messages_are_the_published_ones(vector: dict[str, Any]) -> None:
    initiator, responder, messages = _shake_hands(vector)
    assert messages, "the vector goes on after the handshake"
    first_to_write = len(_messages(vector)) - len(messages)
    ends = [initiator.split(), responder.split()]
    turns = cycle((0, 1) if first_to_write % 2 == 0 else (1, 0))
    for turn, (payload, ciphertext) in zip(turns, messages, strict=False):
        send, _ = ends[turn]
        _, receive = ends[1 - turn]
        assert send.encrypt_with_ad(b"", payload) == ciphertext
        assert receive.decrypt_with_ad(b"", ciphertext) == payload


def test_a_flipped_bit_anywhere_in_an_encrypted_handshake_message_is_noticed(vector: dict[str, Any]) -> None:
    messages = _messages(vector)
    for at in range(len(messages[1][1])):
        initiator, responder = _state(vector, "init"), _state(vector, "resp")
        initiator.write_message(messages[0][0])
        responder.read_message(messages[0][1])
        spoilt = bytearray(responder.write_message(messages[1][0]))
        spoilt[at] ^= 0x80
        # The top bit of an X25519 key is ignored by the curve, but not by the handshake hash.
        with pytest.raises(HandshakeError):
            initiator.read_message(bytes(spoilt))


def test_a_message_cut_short_anywhere_is_refused(vector: dict[str, Any]) -> None:
    payload, ciphertext = _messages(vector)[0]
    is_encrypted = "psk0" in vector["protocol_name"]
    for length in range(len(ciphertext) if is_encrypted else len(ciphertext) - len(payload)):
        with pytest.raises(HandshakeError):
            _state(vector, "resp").read_message(ciphertext[:length])

"""The example in PROTOCOL.md is right: the document's own words lead to it, and the program does.

The words are followed here once more, with nothing of the program: a second implementation has no more than them.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cbor2
import nacl.bindings
import nacl.pwhash
import nacl.signing
import pytest

from multichat.model.invite import Invite
from multifeed import KeyPair, Multifeed, keys
from multifeed.protocol.beacon import Beacon, BeaconBox
from multifeed.protocol.channel import Channel
from multifeed.protocol.noise import DhKeyPair

_TEXT: Final = (Path(__file__).parents[2] / "core" / "multifeed" / "PROTOCOL.md").read_text(encoding="utf-8")
_SECTION: Final = _TEXT[_TEXT.index("## 8. An example") :]
_STATED: Final = dict(re.findall(r"^\| ([^|`]+?) \| `([^`]+)` \|$", _SECTION, re.MULTILINE))

# What the example is made from, as it stands there.
_SEED: Final = bytes(range(32))
_BLOCKS: Final = (b"one", b"two", b"three")
_ROOM_NAME: Final = "lobby"
_INVITED_KEY: Final = bytes(range(32, 64))
_EPHEMERAL: Final = bytes(range(64, 96))
_INSTANCE_ID: Final = bytes(range(96, 112))
_DIGEST: Final = bytes(range(112, 128))
_NONCE: Final = bytes(range(128, 152))
_PORT: Final = 27_272
_TIME_S: Final = 1_793_000_000


def _h(data: bytes, length: int = 32, key: bytes = b"", person: bytes = b"") -> bytes:
    return hashlib.blake2b(data, digest_size=length, key=key, person=person).digest()


def _u64(number: int) -> bytes:
    return number.to_bytes(8)


def _log_by_the_words() -> dict[str, bytes]:
    signer = nacl.signing.SigningKey(_SEED)
    leaves = [_h(b"\x00" + _u64(len(block)) + block) for block in _BLOCKS]
    first_size = len(_BLOCKS[0]) + len(_BLOCKS[1])
    parent = _h(b"\x01" + _u64(first_size) + leaves[0] + leaves[1])
    roots = (parent, 1, first_size), (leaves[2], 4, len(_BLOCKS[2]))
    tree_hash = _h(b"\x02" + b"".join(root + _u64(index) + _u64(size) for root, index, size in roots))
    public_key = bytes(signer.verify_key)
    return {
        "public key": public_key,
        "discovery key": _h(b"hypercore", key=public_key),
        "leaf 0": leaves[0],
        "leaf 2": leaves[1],
        "leaf 4": leaves[2],
        "parent 1": parent,
        "tree hash of 3 blocks": tree_hash,
        "signature of 3 blocks": signer.sign(tree_hash + _u64(3)).signature,
        "proof of block 1": leaves[0] + _u64(3) + leaves[2] + _u64(5),
    }


def _log_by_the_program(tmp_path: Path) -> dict[str, bytes]:
    pair = KeyPair.from_seed(_SEED)
    with Multifeed.open(tmp_path / "example.sqlite") as multi:
        feed = multi.writer("example", key_pair=pair)
        feed.extend(_BLOCKS)
        proof = feed.proof(1, 2)
        hashes = {node.index: node.hash for start in range(3) for node in feed.proof(start, start + 1).nodes}
        whole = {node.index: node.hash for node in feed.proof(2, 3).nodes}
        return {
            "public key": pair.public_key,
            "discovery key": keys.discovery_key(pair.public_key),
            "leaf 0": hashes[0],
            "leaf 2": hashes[2],
            "leaf 4": hashes[4],
            "parent 1": whole[1],
            "tree hash of 3 blocks": feed.head.tree_hash,
            "signature of 3 blocks": feed.head.signature,
            "proof of block 1": b"".join(node.hash + _u64(node.size) for node in proof.nodes),
        }


def _rooms_by_the_words() -> dict[str, bytes | str]:
    salt = _h(b"multichat room name", 16)
    room_key = nacl.pwhash.argon2id.kdf(32, _ROOM_NAME.encode(), salt, opslimit=3, memlimit=64 * 2**20)
    name = "Gärten"
    data = b"\x01" + _INVITED_KEY
    checksum = _h(
        data + unicodedata.normalize("NFKC", name).casefold().encode(), 7, person=b"multichat invite".ljust(16, b"\x00")
    )
    number = int.from_bytes(data + checksum)
    letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * at & 31] for at in range(63, -1, -1))
    return {
        "room key": room_key,
        "topic": _h(b"multichat topic", key=room_key),
        "invite": f"multichat://G%C3%A4rten#{letters}",
        "beacon": _beacon_by_the_words(_h(b"multichat beacon", key=room_key)),
        "first handshake message": _handshake_by_the_words(room_key),
    }


def _beacon_by_the_words(beacon_key: bytes) -> bytes:
    body = cbor2.dumps([_INSTANCE_ID, _PORT, _TIME_S, _DIGEST, False])
    tag = _h(_NONCE, 16, key=_h(b"tag", key=beacon_key))
    return b"mch1" + _NONCE + tag + nacl.bindings.crypto_secretbox(body, _NONCE, _h(b"body", key=beacon_key))


def _handshake_by_the_words(room_key: bytes) -> bytes:
    """Sections 4.3, 5.2 and 9 of the Noise specification, as far as the first message goes."""

    def mac(key: bytes, data: bytes) -> bytes:
        return hmac.new(key, data, hashlib.blake2b).digest()

    def hkdf(chaining_key: bytes, material: bytes, count: int) -> list[bytes]:
        temporary, outputs = mac(chaining_key, material), [b""]
        for number in range(1, count + 1):
            outputs.append(mac(temporary, outputs[-1] + bytes([number])))
        return outputs[1:]

    chaining_key = h = b"Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b".ljust(64, b"\x00")
    h = _h(h + b"multichat 1", 64)
    chaining_key, to_hash, _ = hkdf(chaining_key, room_key, 3)
    h = _h(h + to_hash, 64)
    e = nacl.bindings.crypto_scalarmult_base(_EPHEMERAL)
    h = _h(h + e, 64)
    _, key = hkdf(chaining_key, e, 2)
    sealed = nacl.bindings.crypto_aead_chacha20poly1305_ietf_encrypt(b"", h, bytes(12), key[:32])
    return len(e + sealed).to_bytes(2) + e + sealed


def _rooms_by_the_program() -> dict[str, bytes | str]:
    room_key = keys.room_key_from_name(_ROOM_NAME)
    box = BeaconBox(keys.beacon_key_of(room_key))
    channel = Channel(
        initiator=True,
        room_key=room_key,
        device=DhKeyPair.from_private(_SEED),
        ephemeral=DhKeyPair.from_private(_EPHEMERAL),
    )
    return {
        "room key": room_key,
        "topic": keys.topic_of(room_key),
        "invite": Invite("Gärten", _INVITED_KEY).text,
        "beacon": box.seal(Beacon(_INSTANCE_ID, _PORT, _TIME_S, _DIGEST), _NONCE),
        "first handshake message": channel.data_to_send(),
    }


def _as_stated(values: dict[str, bytes] | dict[str, bytes | str]) -> dict[str, str]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


@pytest.mark.parametrize("rooms", [_rooms_by_the_words, _rooms_by_the_program])
def test_the_example_of_a_room_is_what_comes_out(rooms: Callable[[], dict[str, bytes | str]]) -> None:
    values = _as_stated(rooms())
    assert {name: _STATED.get(name) for name in values} == values


def test_the_example_of_a_log_is_what_comes_out(tmp_path: Path) -> None:
    values = _as_stated(_log_by_the_words())
    assert {name: _STATED.get(name) for name in values} == values
    assert _as_stated(_log_by_the_program(tmp_path)) == values


def test_nothing_in_the_example_is_left_unchecked() -> None:
    assert set(_STATED) == {*_log_by_the_words(), *_rooms_by_the_words()}

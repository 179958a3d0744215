"""Somebody who is in the room, and has what others have written: what they pass on is that, or is never shown."""

import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import cbor2
import pytest

from multichat.model.record import Record
from multifeed import Head, KeyPair, Multifeed, merkle
from multifeed.keys import room_key_from_name
from multifeed.protocol.messages import Bye, Hello, Offer, Offered, Push
from tests.helpers.pipe import RawPeer
from tests.helpers.program import Program, Programs

_LOCALHOST = "127.0.0.1"
_PATIENCE_S = 30.0
_BOB = KeyPair.from_seed(b"bob" * 10 + b"..")
_MALLORY = KeyPair.from_seed(b"mallory " * 4)
_TEXTS = ("one, said by bob", "two, said by bob", "three, said by bob")

_Block = bytes
_Forgery = Callable[[Sequence[_Block], Head], tuple[Sequence[_Block], Head]]


def _block(text: str, nickname: str = "bob") -> bytes:
    return cbor2.dumps(Record(nickname, text, 1_700_000_000_000).value(), canonical=True)


def _made_up(blocks: Sequence[_Block], head: Head) -> tuple[Sequence[_Block], Head]:
    """All of it by the insider, signed with the insider's own key."""
    del head
    forged = [_block(f"number {number}, said by bob, who never did") for number in range(len(blocks))]
    tree_hash = merkle.tree_hash(merkle.grow([], 0, forged)[0])
    return forged, Head(len(forged), tree_hash, _MALLORY.sign(merkle.signable(tree_hash, len(forged))))


_FORGERIES: dict[str, _Forgery] = {
    "made up": _made_up,
    "one of them changed": lambda blocks, head: ([blocks[0], _block("not said by bob"), blocks[2]], head),
    "two of them exchanged": lambda blocks, head: ([blocks[0], blocks[2], blocks[1]], head),
    "one of them left out": lambda blocks, head: (
        [blocks[0], blocks[2]],
        Head(2, head.tree_hash, head.signature),
    ),
    "one of them twice": lambda blocks, head: ([blocks[0], blocks[1], blocks[1]], head),
    "one put in": lambda blocks, head: (
        [blocks[0], _block("put in"), *blocks[1:]],
        Head(4, head.tree_hash, head.signature),
    ),
    "signed by nobody": lambda blocks, head: (blocks, Head(head.length, head.tree_hash, bytes(64))),
    "said to be longer than it is": lambda blocks, head: (
        [*blocks, _block("and four")],
        Head(4, head.tree_hash, head.signature),
    ),
}


@pytest.mark.parametrize("forge", _FORGERIES.values(), ids=_FORGERIES)
def test_what_an_insider_makes_of_what_others_said_is_never_shown_and_ends_the_link(
    programs: Programs, tmp_path: Path, forge: _Forgery
) -> None:
    blocks, head = _written_by_bob(tmp_path)
    alice = programs.start("alice", "--json", "--no-discovery")
    said = _pushed(alice, programs.room, *forge(blocks, head))
    assert "does not hold" in said
    alice.send("I go on")
    alice.wait_for_texts("I go on")
    # The same insider is good for what was really said.
    _pushed(alice, programs.room, blocks, head, device=2)
    alice.wait_for_texts(*_TEXTS)
    assert sorted(alice.texts) == sorted(["I go on", *_TEXTS])


def _written_by_bob(directory: Path) -> tuple[list[_Block], Head]:
    with Multifeed.open(directory / "bob.sqlite") as multi:
        feed = multi.writer("local", key_pair=_BOB)
        feed.extend([_block(text) for text in _TEXTS])
        return feed.blocks(0, feed.length), feed.head


def _pushed(alice: Program, room: str, blocks: Sequence[_Block], head: Head, *, device: int = 1) -> str:
    """Say that bob has written this, in the name of Mallory; what alice says to it last, nothing if she takes it."""
    mallory = RawPeer(device, initiator=True, room_key=room_key_from_name(room))
    with socket.create_connection((_LOCALHOST, alice.port)) as connection:
        connection.settimeout(_PATIENCE_S)
        _until(mallory, connection, Hello)
        mallory.send(
            mallory.hello(feed=_MALLORY, initiator=True),
            Offer((Offered(0, _BOB.public_key, head.length, head.tree_hash, ((0, head.length),)),)),
            Push(0, tuple(blocks), head),
        )
        # She offers what she holds once it is stored, and says goodbye if it does not hold.
        last = _until(mallory, connection, Bye, Offer)
        return last.reason if isinstance(last, Bye) else ""


def _until(mallory: RawPeer, connection: socket.socket, *kinds: type) -> object:
    """Say what is to be said, and listen until something of these kinds comes."""
    while True:
        connection.sendall(mallory.data_to_send())
        data = connection.recv(65_536)
        assert data, "it hung up without a word"
        for message in mallory.receive(data, 0.0):
            if isinstance(message, kinds):
                return message

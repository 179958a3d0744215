"""Directories as hypercore 9 writes them, of feeds that are made up here, and what they are told apart by."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from multifeed import KeyPair, flat_tree, merkle
from multifeed.hypercore9.history import History, Part, Unsound
from multifeed.hypercore9.storage import Storage
from multifeed.merkle import Node, node_of_completed
from multifeed.ranges import RangeSet

MULTIFEED = Path(__file__).parent.parent / "fixtures" / "multifeed-js"
PAGE_LENGTH_BYTES = 3584


def said(nickname: str, number: int, text: str) -> bytes:
    """A block as `multichat.js` writes it."""
    seconds = number % 60
    timestamp = f"2021-05-03T12:{number // 60:02d}:{seconds:02d}.000Z"
    value = {"type": "chat-message", "nickname": nickname, "text": text, "timestamp": timestamp}
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def write_feed(
    directory: Path,
    pair: KeyPair,
    blocks: Sequence[bytes],
    *,
    signed: Collection[int] | None = None,
    held: RangeSet | None = None,
) -> None:
    """Write a feed; signed at the lengths `signed` (at each, if None), with the blocks of `held` (all, if None)."""
    directory.mkdir(parents=True)
    lengths = range(1, len(blocks) + 1) if signed is None else signed
    roots: list[Node] = []
    tree = bytearray(40 * max(0, 2 * len(blocks) - 1))
    signatures = bytearray(64 * max(lengths, default=0))
    for seq, block in enumerate(blocks):
        roots, (completed,) = merkle.grow(roots, seq, [block])
        index = 2 * seq
        for _ in range(_trailing_ones(seq) + 1):
            node = node_of_completed(index, completed, len(block))
            tree[40 * index : 40 * index + 40] = merkle.pack_parent(node)
            index = flat_tree.parent_of(index)
        if seq + 1 in lengths:
            signable = merkle.signable(merkle.tree_hash(roots), seq + 1)
            signatures[64 * seq : 64 * seq + 64] = pair.sign(signable)
    (directory / "key").write_bytes(pair.public_key)
    (directory / "tree").write_bytes(_header(2, 40, b"BLAKE2b") + tree)
    (directory / "signatures").write_bytes(_header(1, 64, b"Ed25519") + signatures)
    (directory / "bitfield").write_bytes(_header(0, PAGE_LENGTH_BYTES, b"") + _bitfield(len(blocks), held))
    (directory / "data").write_bytes(b"".join(blocks))


def _trailing_ones(seq: int) -> int:
    return (~seq & (seq + 1)).bit_length() - 1


def _header(kind: int, each_bytes: int, name: bytes) -> bytes:
    return (b"\x05\x02\x57" + bytes([kind, 0]) + each_bytes.to_bytes(2) + bytes([len(name)]) + name).ljust(32, b"\0")


def _bitfield(length: int, held: RangeSet | None) -> bytes:
    pages = bytearray(PAGE_LENGTH_BYTES * (-(-length // 8192)))
    for seq in range(length):
        if held is None or seq in held:
            page, bit = divmod(seq, 8192)
            pages[PAGE_LENGTH_BYTES * page + bit // 8] |= 128 >> (bit % 8)
    return bytes(pages)


def found_in(directory: Path, without: RangeSet | None = None) -> tuple[list[Part], list[Unsound]]:
    """What of a feed holds, and what does not."""
    with Storage(directory) as storage:
        found = list(History(storage).parts(without or RangeSet()))
    return [each for each in found if isinstance(each, Part)], [each for each in found if isinstance(each, Unsound)]


def blocks_in(parts: Sequence[Part]) -> dict[int, bytes]:
    """Blocks by seq."""
    return {part.start + at: block for part in parts for at, block in enumerate(part.blocks)}


def flip(path: Path, offset: int, mask: int = 1) -> None:
    """Change a byte of a file."""
    data = bytearray(path.read_bytes())
    data[offset] ^= mask
    path.write_bytes(data)


def cut(path: Path, length: int) -> None:
    """Leave so many bytes of a file."""
    path.write_bytes(path.read_bytes()[:length])

"""Whatever is done to the files of a feed, what is read of them is what was signed, and nothing else."""

from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed import StoreError, merkle
from multifeed.keys import verify
from tests.helpers.stored_feeds import MULTIFEED, blocks_in, found_in

_FILES: Final = ("key", "tree", "signatures", "bitfield", "data")
_BLOCKS: Final = {name: blocks_in(found_in(MULTIFEED / name)[0]) for name in "012"}


@st.composite
def _spoilt(draw: st.DrawFn, contents: bytes) -> bytes:
    """A bit is flipped, a stretch overwritten, or the end is cut off or added to."""
    data = bytearray(contents)
    at = draw(st.integers(0, len(data) - 1))
    match draw(st.sampled_from(["bit", "stretch", "cut", "longer"])):
        case "bit":
            data[at] ^= 1 << draw(st.integers(0, 7))
        case "stretch":
            stretch = draw(st.binary(min_size=1, max_size=100) | st.sampled_from([bytes(80), b"\xff" * 80]))
            data[at : at + len(stretch)] = stretch
        case "cut":
            del data[at:]
        case "longer":
            data += draw(st.binary(min_size=1, max_size=200))
    return bytes(data)


@pytest.mark.parametrize("name", "012")
@given(data=st.data())
def test_no_block_that_was_not_signed_is_ever_found(name: str, data: st.DataObject) -> None:
    files = data.draw(st.sets(st.sampled_from(_FILES), min_size=1, max_size=2).map(sorted))
    with TemporaryDirectory() as directory:
        feed = copytree(MULTIFEED / name, Path(directory) / name)
        for file in files:
            (feed / file).write_bytes(data.draw(_spoilt((MULTIFEED / name / file).read_bytes())))
        _assert_only_what_was_signed(feed, _BLOCKS[name])


@given(contents=st.fixed_dictionaries({file: st.binary(max_size=400) for file in _FILES}))
def test_arbitrary_files_are_refused_or_empty(contents: dict[str, bytes]) -> None:
    with TemporaryDirectory() as directory:
        for file, data in contents.items():
            header = (MULTIFEED / "0" / file).read_bytes()[: 0 if file in {"key", "data"} else 32]
            (Path(directory) / file).write_bytes(header + data)
        _assert_only_what_was_signed(Path(directory), {})


def _assert_only_what_was_signed(feed: Path, blocks: dict[int, bytes]) -> None:
    try:
        parts, _ = found_in(feed)
    except StoreError:
        return
    key = (feed / "key").read_bytes()
    for part in parts:
        head = part.proof.head
        merkle.verify(part.proof, part.blocks, ())
        assert verify(key, merkle.signable(head.tree_hash, head.length), head.signature)
    for seq, block in blocks_in(parts).items():
        assert blocks[seq] == block

"""What hypercore 9 has written is read as it was meant, and nothing of it that is not what was signed."""

import os
from pathlib import Path
from shutil import copytree

import pytest

from multifeed import ForeignStoreError, KeyPair, StoreError, merkle
from multifeed.hypercore9 import history
from multifeed.hypercore9.history import History, Part
from multifeed.hypercore9.storage import Storage, feed_directories
from multifeed.keys import verify
from multifeed.limits import BLOCK_LENGTH_MAX_BYTES, STORED_PART_MAX_BLOCKS
from multifeed.ranges import RangeSet
from tests.helpers.feeds import key_pair, numbered_blocks
from tests.helpers.stored_feeds import MULTIFEED, blocks_in, cut, flip, found_in, said, write_feed

ANNA, BERT, CARLA = (MULTIFEED / name for name in "012")
SPARSE_RUNS = [(0, 5), (33, 34), (60, 70)]
HEADER_BYTES = 32


@pytest.fixture
def anna(tmp_path: Path) -> Path:
    return copytree(ANNA, tmp_path / "0")


def _assert_signed(directory: Path, parts: list[Part]) -> None:
    """By the word of nobody but the key."""
    key = (directory / "key").read_bytes()
    for part in parts:
        head = part.proof.head
        merkle.verify(part.proof, part.blocks, ())
        assert verify(key, merkle.signable(head.tree_hash, head.length), head.signature)


def _runs_of(parts: list[Part]) -> list[tuple[int, int]]:
    return [(part.start, part.start + len(part.blocks)) for part in parts]


# --- what a real multifeed wrote ---


def test_the_feeds_of_a_multifeed_are_found_in_its_order() -> None:
    assert feed_directories(MULTIFEED) == [ANNA, BERT, CARLA]
    assert feed_directories(BERT) == [BERT]


def test_feeds_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "0", "views", "-1", "٣"):
        (tmp_path / name).mkdir()
    assert [path.name for path in feed_directories(tmp_path)] == ["0", "9", "10"]


@pytest.mark.parametrize(("directory", "length"), [(ANNA, 23), (BERT, 40)])
def test_a_whole_feed_is_found_whole(directory: Path, length: int) -> None:
    parts, unsound = found_in(directory)
    assert unsound == []
    assert list(blocks_in(parts)) == list(range(length))
    assert b"".join(blocks_in(parts).values()) == (directory / "data").read_bytes()
    _assert_signed(directory, parts)


def test_of_a_sparse_feed_that_is_found_which_is_there() -> None:
    parts, unsound = found_in(CARLA)
    assert unsound == []
    assert _runs_of(parts) == SPARSE_RUNS
    assert blocks_in(parts)[33] == said("carla", 3 * 33 + 2, "carla 33")
    assert {part.proof.head.length for part in parts} == {70}
    _assert_signed(CARLA, parts)


def test_what_is_here_already_is_not_looked_at_again() -> None:
    parts, unsound = found_in(BERT, RangeSet([(0, 10), (12, 40)]))
    assert (list(blocks_in(parts)), unsound) == ([10, 11], [])


def test_nothing_is_written(anna: Path) -> None:
    def state() -> dict[str, tuple[bytes, int]]:
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in anna.iterdir()}

    earlier = state()
    found_in(anna)
    assert state() == earlier


def test_the_files_of_the_tests_are_those_that_the_real_one_writes(tmp_path: Path) -> None:
    parts, _ = found_in(ANNA)
    write_feed(tmp_path / "0", KeyPair.from_seed(b"\x01" * 32), list(blocks_in(parts).values()))
    for name in ("key", "data", "tree", "signatures"):
        assert (tmp_path / "0" / name).read_bytes() == (ANNA / name).read_bytes(), name


# --- many blocks ---


def test_a_long_feed_comes_in_parts_that_each_hold_by_themselves(tmp_path: Path) -> None:
    blocks = numbered_blocks(2 * STORED_PART_MAX_BLOCKS + 77)
    write_feed(tmp_path / "0", key_pair(1), blocks, signed=[len(blocks)])
    parts, unsound = found_in(tmp_path / "0")
    assert ([len(part.blocks) for part in parts], unsound) == ([STORED_PART_MAX_BLOCKS] * 2 + [77], [])
    assert list(blocks_in(parts).values()) == blocks
    _assert_signed(tmp_path / "0", parts)


def test_no_more_is_read_at_once_than_memory_is_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "STORED_PART_MAX_BYTES", 1_000)
    blocks = [bytes([number]) * 300 for number in range(20)]
    write_feed(tmp_path / "0", key_pair(1), blocks)
    parts, unsound = found_in(tmp_path / "0")
    assert (list(blocks_in(parts).values()), unsound) == (blocks, [])
    assert max(sum(map(len, part.blocks)) for part in parts) <= 1_000


def test_a_bitfield_of_several_pages_is_read(tmp_path: Path) -> None:
    blocks = [b"%d" % number for number in range(20_000)]
    held = RangeSet([(0, 3), (8_190, 8_195), (16_384, 20_000)])
    write_feed(tmp_path / "0", key_pair(1), blocks, signed=[20_000], held=held)
    parts, unsound = found_in(tmp_path / "0")
    assert unsound == []
    assert RangeSet(_runs_of(parts)) == held
    assert all(block == blocks[seq] for seq, block in blocks_in(parts).items())


# --- damage ---


def test_a_block_that_was_changed_is_left_out_alone(anna: Path) -> None:
    flip(anna / "data", 1_000)
    parts, (unsound,) = found_in(anna)
    assert "not what was signed" in unsound.why
    assert unsound.end == unsound.start + 1
    assert sorted({*blocks_in(parts), unsound.start}) == list(range(23))
    _assert_signed(anna, parts)


def test_a_stretch_that_was_changed_is_one_finding(anna: Path) -> None:
    data = bytearray((anna / "data").read_bytes())
    data[600:1_400] = bytes(800)
    (anna / "data").write_bytes(data)
    parts, (unsound,) = found_in(anna)
    assert len(blocks_in(parts)) == 23 - (unsound.end - unsound.start) > 10


@pytest.mark.parametrize("index", range(45))
def test_a_node_of_the_tree_that_was_changed_costs_no_block_more_than_two(anna: Path, index: int) -> None:
    whole = blocks_in(found_in(ANNA)[0])
    for byte in (0, 36, 39):
        flip(anna / "tree", HEADER_BYTES + 40 * index + byte, 0x40)
        parts, unsound = found_in(anna)
        found = blocks_in(parts)
        assert len(found) >= 21, unsound
        assert (len(found) < 23) == bool(unsound)
        assert all(whole[seq] == block for seq, block in found.items())
        flip(anna / "tree", HEADER_BYTES + 40 * index + byte, 0x40)


def test_where_the_newest_signature_does_not_hold_an_older_one_does(anna: Path) -> None:
    for seq in (22, 21, 20):
        flip(anna / "signatures", HEADER_BYTES + 64 * seq + 5)
    parts, (unsound,) = found_in(anna)
    assert list(blocks_in(parts)) == list(range(20))
    assert (unsound.start, unsound.end) == (20, 23)
    assert "no signature" in unsound.why
    _assert_signed(anna, parts)


@pytest.mark.parametrize("name", ["tree", "signatures"])
def test_what_a_file_that_was_cut_still_proves_is_taken(anna: Path, name: str) -> None:
    path = anna / name
    cut(path, HEADER_BYTES + (path.stat().st_size - HEADER_BYTES) // 2)
    parts, unsound = found_in(anna)
    assert list(blocks_in(parts)) == list(range(11))
    assert [(each.start, each.end) for each in unsound] == [(11, 23)]


def test_blocks_that_were_cut_off_are_said_to_be_missing(anna: Path) -> None:
    cut(anna / "data", 1_200)
    parts, (unsound,) = found_in(anna)
    assert blocks_in(parts)
    assert (unsound.start, unsound.end) == (len(blocks_in(parts)), 23)
    assert "are not" in unsound.why


def test_with_signatures_lost_there_is_nothing_and_it_is_said(anna: Path) -> None:
    cut(anna / "signatures", HEADER_BYTES)
    parts, (unsound,) = found_in(anna)
    assert (parts, unsound.start, unsound.end) == ([], 0, 23)


def test_without_a_bitfield_that_can_be_read_every_block_is_tried(tmp_path: Path) -> None:
    carla = copytree(CARLA, tmp_path / "2")
    flip(carla / "bitfield", 1)
    parts, unsound = found_in(carla)
    assert set(range(*SPARSE_RUNS[2])) | {33} <= set(blocks_in(parts))
    assert "bitfield" in unsound[0].why
    _assert_signed(carla, parts)


def test_a_bit_for_a_block_that_is_not_there_does_no_harm(tmp_path: Path) -> None:
    carla = copytree(CARLA, tmp_path / "2")
    flip(carla / "bitfield", HEADER_BYTES + 2, 0xFF)
    parts, unsound = found_in(carla)
    assert _runs_of(parts) == SPARSE_RUNS
    assert RangeSet((each.start, each.end) for each in unsound) == RangeSet([(16, 24)])


def test_the_key_of_somebody_else_proves_nothing(anna: Path) -> None:
    (anna / "key").write_bytes(key_pair(9).public_key)
    parts, (unsound,) = found_in(anna)
    assert (parts, unsound.start, unsound.end) == ([], 0, 23)


def test_a_size_that_lies_is_not_believed(anna: Path) -> None:
    tree = bytearray((anna / "tree").read_bytes())
    for index in range(0, 45, 2):
        at = HEADER_BYTES + 40 * index + 32
        tree[at : at + 8] = b"\xff" * 8
    (anna / "tree").write_bytes(tree)
    parts, unsound = found_in(anna)
    assert parts == []
    assert unsound


def test_a_block_longer_than_one_may_be_is_left_out(tmp_path: Path) -> None:
    blocks = [b"a", b"b", b"c" * (BLOCK_LENGTH_MAX_BYTES + 1), b"d", b"e", b"f"]
    write_feed(tmp_path / "0", key_pair(1), blocks)
    parts, unsound = found_in(tmp_path / "0")
    assert {0, 1, 4, 5} <= set(blocks_in(parts)) <= {0, 1, 3, 4, 5}
    assert any("longer" in each.why and (each.start, each.end) == (2, 3) for each in unsound)


def test_a_feed_of_which_nothing_holds_is_not_searched_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "STORED_PARTS_SEARCHED_MAX", 5)
    monkeypatch.setattr(history, "STORED_PART_MAX_BLOCKS", 64)
    blocks = numbered_blocks(1_000)
    write_feed(tmp_path / "0", key_pair(1), blocks, signed=[1_000])
    data = tmp_path / "0" / "data"
    data.write_bytes(bytes(data.stat().st_size // 2) + data.read_bytes()[data.stat().st_size // 2 :])
    parts, unsound = found_in(tmp_path / "0")
    # What holds as a whole is found all the same.
    assert len(blocks_in(parts)) > 400
    assert sum(each.end - each.start for each in unsound) == 1_000 - len(blocks_in(parts))


def test_a_feed_in_too_many_pieces_is_taken_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "STORED_RUNS_MAX", 3)
    held = RangeSet((seq, seq + 1) for seq in range(0, 20, 2))
    write_feed(tmp_path / "0", key_pair(1), numbered_blocks(20), held=held)
    parts, (unsound,) = found_in(tmp_path / "0")
    assert (list(blocks_in(parts)), unsound.start, unsound.end) == ([0, 2, 4], 6, 20)


def test_signatures_that_do_not_hold_are_not_tried_for_ever(anna: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "STORED_SIGNATURES_TRIED_MAX", 2)
    for seq in (22, 21):
        flip(anna / "signatures", HEADER_BYTES + 64 * seq)
    assert found_in(anna)[0] == []


def test_a_file_without_an_end_is_not_read_to_it(anna: Path) -> None:
    for name in ("tree", "signatures", "bitfield", "data"):
        os.truncate(anna / name, 1 << 40)
    parts, unsound = found_in(anna)
    assert parts == []
    assert [(each.start, each.why) for each in unsound] == [(0, history._UNSIGNED)]


# --- what is something else ---


def test_an_empty_feed_has_nothing_to_say(tmp_path: Path) -> None:
    write_feed(tmp_path / "0", key_pair(1), [])
    assert found_in(tmp_path / "0") == ([], [])


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ForeignStoreError, match="no feeds"):
        feed_directories(tmp_path)


@pytest.mark.parametrize("name", ["missing", "notes.txt"])
def test_what_is_no_directory_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(StoreError, match="cannot read"):
        feed_directories(tmp_path / name)


@pytest.mark.parametrize("name", ["key", "tree", "signatures", "bitfield", "data"])
def test_a_feed_that_lacks_a_file_is_refused(anna: Path, name: str) -> None:
    (anna / name).unlink()
    with pytest.raises(ForeignStoreError, match=f"has no {name}"):
        Storage(anna)


@pytest.mark.parametrize("name", ["key", "tree", "signatures", "bitfield", "data"])
def test_links_are_not_followed(anna: Path, name: str) -> None:
    (anna / name).unlink()
    (anna / name).symlink_to(ANNA / name)
    with pytest.raises(ForeignStoreError, match="link"):
        Storage(anna)


def test_a_feed_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0").symlink_to(ANNA)
    with pytest.raises(ForeignStoreError, match="link"):
        Storage(tmp_path / "0")


@pytest.mark.parametrize("name", ["key", "data"])
def test_a_pipe_or_a_directory_in_place_of_a_file_is_refused(anna: Path, name: str) -> None:
    (anna / name).unlink()
    os.mkfifo(anna / name)
    with pytest.raises(ForeignStoreError, match="not a file"):
        Storage(anna)
    (anna / name).unlink()
    (anna / name).mkdir()
    with pytest.raises(StoreError):
        Storage(anna)


@pytest.mark.parametrize("name", ["tree", "signatures"])
@pytest.mark.parametrize("offset", [0, 2, 3, 4, 6, 7, 9])
def test_a_file_of_another_format_is_refused(anna: Path, name: str, offset: int) -> None:
    flip(anna / name, offset)
    with pytest.raises(ForeignStoreError, match=name):
        Storage(anna)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(anna: Path, length: int) -> None:
    (anna / "key").write_bytes(bytes(length))
    with pytest.raises(ForeignStoreError, match="key"):
        Storage(anna)


def test_the_fixture_is_small() -> None:
    assert sum(path.stat().st_size for path in MULTIFEED.rglob("*") if path.is_file()) < 60_000


def test_a_proof_for_one_who_holds_less_is_given() -> None:
    with Storage(BERT) as storage:
        proof = History(storage).proof(0, 0, since=16)
    assert proof is not None
    assert [node.index for node in proof.nodes] == merkle.proof_indexes(40, 0, 0, 16)

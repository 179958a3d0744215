"""Whatever the disk does to a store is found, dropped, and can be had again."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multifeed import Feed, KeyPair, Multifeed, NotWritableError
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, numbered_blocks, written

_Runs = list[tuple[int, int]]


def _flipped(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data or b"\x00")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _spoil_column(column: str, count: int) -> Callable[[sqlite3.Connection, int, Random], None]:
    def spoil(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
        rows = connection.execute(f"SELECT arrival, {column} FROM blocks WHERE feed = ?", (feed,)).fetchall()  # noqa: S608 (a literal)
        for arrival, data in rng.sample(rows, min(count, len(rows))):
            connection.execute(f"UPDATE blocks SET {column} = ? WHERE arrival = ?", (_flipped(rng, data), arrival))  # noqa: S608 (a literal)

    return spoil


def _spoil_feed(column: str, length: Callable[[Random], int]) -> Callable[[sqlite3.Connection, int, Random], None]:
    def spoil(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
        connection.execute(f"UPDATE feeds SET {column} = ? WHERE id = ?", (rng.randbytes(length(rng)), feed))  # noqa: S608 (a literal)

    return spoil


def _spoil_nodes(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    for node, hash_ in connection.execute("SELECT node, hash FROM nodes WHERE feed = ?", (feed,)).fetchall():
        connection.execute("UPDATE nodes SET hash = ? WHERE feed = ? AND node = ?", (_flipped(rng, hash_), feed, node))


def _lose_rows(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    rows = connection.execute("SELECT arrival FROM blocks WHERE feed = ?", (feed,)).fetchall()
    connection.executemany("DELETE FROM blocks WHERE arrival = ?", rng.sample(rows, min(3, len(rows))))


def _spoil_sizes(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    """Sizes of parents become any that fit into their eight bytes, the impossible ones among them."""
    rows = connection.execute("SELECT arrival, completed FROM blocks WHERE feed = ?", (feed,)).fetchall()
    for arrival, completed in rows:
        changed = bytearray(completed)
        for at in range(64, len(changed), 40):
            changed[at : at + 8] = rng.choice([b"\xff" * 8, b"\x80" + bytes(7), rng.randbytes(8), changed[at : at + 8]])
        connection.execute("UPDATE blocks SET completed = ? WHERE arrival = ?", (bytes(changed), arrival))


def _spoil_node_sizes(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    size = rng.choice([-1, 0, 2**63 - 1, rng.randrange(2**20)])
    connection.execute("UPDATE nodes SET size = ? WHERE feed = ?", (size, feed))


def _cut_hashes(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    for table, column in (("blocks", "completed"), ("nodes", "hash")):
        for (value,) in connection.execute(f"SELECT {column} FROM {table} WHERE feed = ?", (feed,)).fetchall():  # noqa: S608 (literals)
            changed = value[: rng.randrange(len(value))] if rng.random() < 0.3 else value
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE feed = ? AND {column} = ?",  # noqa: S608 (literals)
                (changed, feed, value),
            )


def _displace_a_row(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
    (arrival,) = rng.choice(connection.execute("SELECT arrival FROM blocks WHERE feed = ?", (feed,)).fetchall())
    seq = rng.choice([-1, -(2**63), 2**40, 2**63 - 1, rng.randrange(2**14, 2**20)])
    connection.execute("UPDATE blocks SET seq = ? WHERE arrival = ?", (seq, arrival))


def _set_number(column: str, numbers: list[int]) -> Callable[[sqlite3.Connection, int, Random], None]:
    def spoil(connection: sqlite3.Connection, feed: int, rng: Random) -> None:
        connection.execute(f"UPDATE feeds SET {column} = ? WHERE id = ?", (rng.choice(numbers), feed))  # noqa: S608 (a literal)

    return spoil


# What is done to the store; whether it is damage that must be reported, or could be put right without a loss.
_DAMAGES = {
    "a block": (_spoil_column("data", 1), True),
    "several blocks": (_spoil_column("data", 5), True),
    "hashes": (_spoil_column("completed", 3), False),
    "nodes": (_spoil_nodes, False),
    "rows": (_lose_rows, True),
    "the tree hash": (_spoil_feed("tree_hash", lambda _: 32), True),
    "the signature": (_spoil_feed("signature", lambda _: 64), True),
    "the roots": (_spoil_feed("roots", lambda rng: rng.randrange(1, 100)), True),
    "what is held": (_spoil_feed("held", lambda rng: rng.randrange(60)), False),
    "sizes": (_spoil_sizes, False),
    "sizes of nodes": (_spoil_node_sizes, False),
    "the ends of hashes": (_cut_hashes, False),
    "a number of a block": (_displace_a_row, True),
    "the length": (_set_number("length", [-1, 0, 3, 2**40, 2**63 - 1]), True),
    "the length in bytes": (_set_number("byte_length", [-1, 0, 2**63 - 1]), False),
}


@pytest.mark.parametrize("kind", _DAMAGES)
@given(seed=st.integers(0, 2**32), length=st.sampled_from([1, 2, 5, 13, 64, 100, 700, 1500]))
@settings(max_examples=12)
def test_damage_is_found_dropped_and_mended(kind: str, seed: int, length: int) -> None:
    rng = Random(seed)
    spoil, is_reported = _DAMAGES[kind]
    with TemporaryDirectory() as directory, Multifeed.open(Path(directory) / "source.sqlite") as writers:
        source = written(writers, 1, [rng.randbytes(rng.randrange(40)) for _ in range(length)])
        bystander = written(writers, 2, numbered_blocks(3))
        path = Path(directory) / "copy.sqlite"
        runs = _copy(path, source, bystander, rng)
        _spoil(path, source.key, rng, spoil)
        with Multifeed.open(path) as multi:
            found = multi.audit() or multi.damages
            assert {damage.key for damage in found} <= {source.key}
            assert found or not is_reported
            assert multi.audit() == []
            assert_all_verify(multi)
            other = multi.feed(bystander.key)
            assert other is not None
            assert other.blocks(0, 3) == bystander.blocks(0, 3)
            _assert_can_be_had_again(multi, source, runs, rng)


def _copy(path: Path, source: Feed, bystander: Feed, rng: Random) -> _Runs:
    """A copy of both feeds, the first in pieces of which some may be missing; returns what it holds of that."""
    with Multifeed.open(path) as multi:
        copy = multi.add(source.key)
        pieces = [(start, min(start + 50, source.length)) for start in range(0, source.length, 50)]
        kept = [piece for piece in pieces if source.length < 200 or rng.random() < 0.8] or pieces[:1]
        for start, end in kept:
            copy_range(source, copy, start, end)
        copy_range(bystander, multi.add(bystander.key), 0, 3)
        assert multi.audit() == []
        return list(copy.held)


def _spoil(path: Path, key: bytes, rng: Random, spoil: Callable[[sqlite3.Connection, int, Random], None]) -> None:
    connection = sqlite3.connect(path)
    (feed,) = connection.execute("SELECT id FROM feeds WHERE key = ?", (key,)).fetchone()
    spoil(connection, feed, rng)
    connection.commit()
    connection.close()


def _assert_can_be_had_again(multi: Multifeed, source: Feed, runs: _Runs, rng: Random) -> None:
    copy = multi.candidate(source.key)
    for start, end in runs:
        for gap in list(copy.held.gaps(start, end)):
            copy_range(source, copy, *gap)
    assert multi.audit() == []
    for start, end in runs:
        assert copy.checked_blocks(start, end) == source.blocks(start, end)
        seq = rng.randrange(start, end)
        assert copy.proof(seq, seq + 1) == source.proof(seq, seq + 1)


def test_a_damaged_feed_of_ones_own_stays_writable(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    with Multifeed.open(path) as multi:
        feed = multi.writer("own")
        feed.extend(numbered_blocks(9))
        key = feed.key
    _spoil(path, key, Random(1), _spoil_column("data", 1))
    with Multifeed.open(path) as multi:
        (damage,) = multi.audit()
        assert damage.end == damage.start + 1
        feed = multi.writer("own")
        assert feed.append(b"more") == 9
        assert multi.audit() == []


def test_a_feed_of_ones_own_whose_head_is_lost_goes_on_in_another(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    with Multifeed.open(path) as multi:
        lost = multi.writer("own", key_pair=KeyPair.from_seed(bytes(32)))
        lost.extend(numbered_blocks(9))
        proof = lost.proof(0, 9)
    _spoil(path, lost.key, Random(1), _spoil_feed("signature", lambda _: 64))
    with Multifeed.open(path) as multi:
        assert {damage.key for damage in multi.damages} == {lost.key}
        assert multi.audit() == []
        feed = multi.writer("own")
        assert feed.key != lost.key
        feed.append(b"new")
        (earlier,) = multi.earlier_writers("own")
        assert (earlier.key, earlier.length) == (lost.key, 0)
        with pytest.raises(NotWritableError):
            earlier.append(b"a second history")
        earlier.accept(0, numbered_blocks(9), proof)
        assert list(earlier) == numbered_blocks(9)
    with Multifeed.open(path) as multi:
        assert (list(multi.writer("own")), multi.audit()) == ([b"new"], [])
        (earlier,) = multi.earlier_writers("own")
        with pytest.raises(NotWritableError):
            earlier.append(b"a second history")


def test_a_block_that_the_disk_has_changed_is_not_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite"
    with Multifeed.open(path) as multi:
        feed = multi.writer("own")
        feed.extend(numbered_blocks(9))
    _spoil(path, feed.key, Random(1), _spoil_column("data", 1))
    with Multifeed.open(path) as multi, pytest.raises(Exception, match="changed on the disk"):
        multi.writer("own").checked_blocks(0, 9)

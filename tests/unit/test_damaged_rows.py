"""Rows beside the blocks that the disk has changed: evidence, and the secret keys of writers."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from multifeed import Conflict, ConflictError, DamagedStoreError, Feed, LocalError, Multifeed, StoreError, merkle
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, open_multifeeds, written

_FORKED = key_pair(1).public_key


def _frozen_copy(path: Path) -> Conflict:
    """A store with a copy of a feed that has forked, and one of a feed that has not; the evidence."""
    with open_multifeeds(2) as (one, other), Multifeed.open(path) as multi:
        ours = written(one, 1, [*numbered_blocks(3), b"here"])
        theirs = written(other, 1, [*numbered_blocks(3), b"there", b"and on"])
        copy = multi.candidate(ours.key)
        copy_range(ours, copy, 0, 4)
        with pytest.raises(ConflictError):
            copy.accept(3, theirs.blocks(3, 4), theirs.proof(3, 4))
        assert copy.conflict is not None
        bystander = written(one, 2, numbered_blocks(5))
        copy_range(bystander, multi.candidate(bystander.key), 0, 5)
        return copy.conflict


def _evidence_for(feed: Feed) -> Conflict | None:
    return feed.conflict


def _flip(at: int) -> Callable[[bytes], bytes]:
    def flipped(packed: bytes) -> bytes:
        changed = bytearray(packed)
        changed[at] ^= 1
        return bytes(changed)

    return flipped


# Both heads stand before the nodes: length, tree hash, signature.
_SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda packed: packed[:-1],
    "longer": lambda packed: packed + b"\x00",
    "zeros": lambda packed: bytes(len(packed)),
    "a length": _flip(7),
    "a tree hash": _flip(20),
    "a signature": _flip(60),
    "a hash": _flip(-30),
    "a size": _flip(-1),
}


@pytest.mark.parametrize("spoil", _SPOILT.values(), ids=_SPOILT)
def test_evidence_that_the_disk_has_changed_is_dropped_said_and_can_be_had_again(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "store.sqlite"
    evidence = _frozen_copy(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE conflicts SET evidence = ?", (spoil(evidence.pack()),))
    with Multifeed.open(path) as multi:
        found = multi.audit() or multi.damages
        assert {damage.key for damage in found} == {_FORKED}
        assert multi.audit() == []
        feed = multi.candidate(_FORKED)
        assert _evidence_for(feed) is None
        assert feed.blocks(0, 3) == numbered_blocks(3)
        feed.freeze(evidence)
        assert _evidence_for(feed) == evidence
    with Multifeed.open(path) as multi:
        assert _evidence_for(multi.candidate(_FORKED)) == evidence
        assert_all_verify(multi)


_CHANGED_SEEDS = [b"", b"too short", bytes(32), bytes(33)]


@pytest.mark.parametrize("seed", _CHANGED_SEEDS, ids=["none", "short", "another", "long"])
def test_a_secret_key_that_the_disk_has_changed_signs_nothing_and_hides_no_other_feed(
    tmp_path: Path, seed: bytes
) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        own = written(multi, 1, numbered_blocks(4))
        other = written(multi, 2, numbered_blocks(5))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE writers SET seed = ? WHERE name = 'writer 1'", (seed,))
    with Multifeed.open(path) as multi:
        kept = {feed.key: feed.blocks(0, feed.length) for feed in multi.feeds()}
        assert kept[own.key] == numbered_blocks(4)
        assert kept[other.key] == numbered_blocks(5)
        multi.writer("writer 2").append(b"goes on")
        multi.writer("writer 1").append(b"goes on too")
        assert_all_verify(multi)
        assert multi.audit() == []
    with Multifeed.open(path) as multi:
        assert list(multi.writer("writer 1"))[-1] == b"goes on too"


def test_what_is_appended_to_a_feed_that_is_lost_meanwhile_is_refused_or_there(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    said = []
    with Multifeed.open(path) as multi:
        own = written(multi, 1, numbered_blocks(4))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE feeds SET signature = zeroblob(64)")
        assert multi.audit()
        for feed in (own, multi.writer("writer 1")):
            with suppress(LocalError, StoreError):
                said.append((feed.key, feed.append(b"said")))
    assert said
    with Multifeed.open(path) as multi:
        for key, seq in said:
            assert multi.candidate(key).block(seq) == b"said"
        assert multi.audit() == []
        assert_all_verify(multi)


def test_a_feed_is_not_frozen_on_hashes_that_the_disk_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with open_multifeeds(1) as (one,), Multifeed.open(path) as multi:
        source = written(one, 1, numbered_blocks(4))
        older = source.proof(3, 4)
        source.extend(numbered_blocks(4))
        copy = multi.candidate(source.key)
        copy_range(source, copy, 0, 8)
        with closing(sqlite3.connect(path)) as connection, connection:
            # The root over the first four, which the older proof leads to.
            connection.execute("UPDATE blocks SET completed = zeroblob(length(completed)) WHERE seq = 3")
        with pytest.raises(DamagedStoreError):
            copy.accept(3, source.blocks(3, 4), older)
        assert copy.conflict is None
        assert multi.audit() == []
        copy.accept(3, source.blocks(3, 4), older)


@pytest.mark.parametrize("length", [2, 3, 8, 21])
def test_whatever_hash_is_changed_no_proof_that_needs_it_is_given_out(tmp_path: Path, length: int) -> None:
    path = tmp_path / "store.sqlite"
    blocks = numbered_blocks(length)
    with Multifeed.open(path) as multi, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        feed = written(multi, 1, blocks)
        for seq, at in [(seq, at) for seq in range(length) for at in range(0, 32 + 40 * 4, 20)]:
            ((completed,),) = connection.execute("SELECT completed FROM blocks WHERE seq = ?", (seq,)).fetchall()
            if at >= len(completed):
                continue
            changed = completed[:at] + bytes([completed[at] ^ 1]) + completed[at + 1 :]
            connection.execute("UPDATE blocks SET completed = ? WHERE seq = ?", (changed, seq))
            for start, end, since in [(0, 1, 0), (length - 1, length, 0), (length // 2, length, length // 2)]:
                with suppress(DamagedStoreError):
                    proof = feed.checked_proof(start, end, since=since)
                    merkle.verify(proof, blocks[start:end], feed._roots_at(since) if since else ())
            connection.execute("UPDATE blocks SET completed = ? WHERE seq = ?", (completed, seq))
        feed.checked_proof(0, length)

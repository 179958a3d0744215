"""Damage that comes to light while peers talk: it is mended from those who have the blocks, and costs nobody a link."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from multifeed import ConflictError, Feed, Multifeed, flat_tree
from multifeed.protocol.events import Closed
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, written
from tests.simulation.world import Peer, World, new_world

_LENGTH = 1_200
# Further to the left than one answer reaches, so that a proof has a node over it.
_SEQ = 511


def _store_of(peer: Peer) -> Path:
    return peer.multi._shelf.store.path


def _change_row(path: Path, seq: int, column: str, at: int) -> None:
    """Flip a bit in a row of the only feed that is so long."""
    with closing(sqlite3.connect(path)) as connection, connection:
        ((value,),) = connection.execute(f"SELECT {column} FROM blocks WHERE seq = ?", (seq,)).fetchall()  # noqa: S608 (a literal)
        changed = bytearray(value)
        changed[at] ^= 1
        connection.execute(f"UPDATE blocks SET {column} = ? WHERE seq = ?", (bytes(changed), seq))  # noqa: S608 (a literal)


def _copy_of(peer: Peer, writer: Peer) -> Feed | None:
    return peer.multi.feed(writer.feed.key)


def _holds_all(peer: Peer, writer: Peer) -> bool:
    feed = _copy_of(peer, writer)
    return feed is not None and feed.held.covers(0, writer.feed.length)


def _writer_and_keeper(world: World) -> tuple[Peer, Peer]:
    """One who has written, and one who holds all of it and stays connected."""
    writer, keeper = world.peer(), world.peer()
    writer.append(*numbered_blocks(_LENGTH))
    world.connect(writer, keeper)
    world.run(lambda: _holds_all(keeper, writer))
    return writer, keeper


def _assert_all_is_well(peers: list[Peer], writer: Peer) -> None:
    for peer in peers:
        assert not [event for event in peer.heard if isinstance(event, Closed)]
        feed = _copy_of(peer, writer)
        assert feed is not None
        assert feed.checked_blocks(0, _LENGTH) == numbered_blocks(_LENGTH)
        assert peer.multi.audit() == []
        assert_all_verify(peer.multi)


@pytest.mark.parametrize(
    ("column", "at"), [("data", 0), ("completed", 0), ("completed", 32)], ids=["a block", "a leaf", "a node above"]
)
def test_what_the_disk_has_changed_is_mended_when_a_peer_asks(column: str, at: int) -> None:
    with new_world(1) as world:
        writer, keeper = _writer_and_keeper(world)
        reader = world.peer()
        _change_row(_store_of(keeper), _SEQ, column, at)
        world.connect(keeper, reader)
        world.run(lambda: _holds_all(reader, writer))
        _assert_all_is_well([writer, keeper, reader], writer)


def test_a_node_that_the_disk_has_changed_is_not_passed_on_in_a_proof() -> None:
    with new_world(2) as world:
        writer, keeper = _writer_and_keeper(world)
        reader = world.peer()
        top = flat_tree.index_of(9, 0)
        assert flat_tree.blocks_of(top) == (0, _SEQ + 1)
        _change_row(_store_of(keeper), _SEQ, "completed", 32 + 8 * 40)
        world.connect(keeper, reader)
        world.run(lambda: _holds_all(reader, writer))
        _assert_all_is_well([writer, keeper, reader], writer)


def test_a_writer_gets_its_own_damaged_block_back_from_others() -> None:
    with new_world(3) as world:
        writer, keeper = _writer_and_keeper(world)
        reader = world.peer()
        _change_row(_store_of(writer), _SEQ, "data", 0)
        world.connect(writer, reader)
        world.run(lambda: _holds_all(reader, writer) and _holds_all(writer, writer))
        assert writer.feed.append(b"and goes on") == _LENGTH
        writer.turn()
        world.run(lambda: _holds_all(reader, writer))
        _assert_all_is_well([writer, keeper, reader], writer)


def test_what_nobody_has_any_more_keeps_nobody_from_the_rest() -> None:
    with new_world(4) as world:
        alone, reader = world.peer(), world.peer()
        alone.append(*numbered_blocks(_LENGTH))
        _change_row(_store_of(alone), _SEQ, "data", 0)
        world.connect(alone, reader)
        world.run(lambda: (feed := _copy_of(reader, alone)) is not None and feed.held.size == _LENGTH - 1)
        world.pass_time(30)
        alone.append(b"and goes on")
        world.run(lambda: (feed := _copy_of(reader, alone)) is not None and feed.held.size == _LENGTH)
        feed = _copy_of(reader, alone)
        assert feed is not None
        assert list(feed.held.gaps(0, feed.length)) == [(_SEQ, _SEQ + 1)]
        assert not [event for peer in (alone, reader) for event in peer.heard if isinstance(event, Closed)]


def _freeze_a_feed(path: Path) -> None:
    """A store with a copy of a feed that has forked."""
    with (
        Multifeed.open(path.with_name("one branch.sqlite")) as one,
        Multifeed.open(path.with_name("other branch.sqlite")) as other,
        Multifeed.open(path) as multi,
    ):
        ours = written(one, 50, [*numbered_blocks(3), b"here"])
        theirs = written(other, 50, [*numbered_blocks(3), b"there"])
        copy = multi.candidate(ours.key)
        copy_range(ours, copy, 0, 4)
        with pytest.raises(ConflictError):
            copy.accept(3, theirs.blocks(3, 4), theirs.proof(3, 4))


def test_evidence_that_the_disk_has_changed_is_not_passed_on() -> None:
    with new_world(5) as world:
        path = world._directory / "1.sqlite"
        _freeze_a_feed(path)
        with closing(sqlite3.connect(path)) as connection, connection:
            ((evidence,),) = connection.execute("SELECT evidence FROM conflicts").fetchall()
            changed = bytes([*evidence[:-1], evidence[-1] ^ 1])
            connection.execute("UPDATE conflicts SET evidence = ?", (changed,))
        holder, reader = world.peer(), world.peer()
        assert _store_of(holder) == path
        world.connect(holder, reader)
        forked = key_pair(50).public_key
        world.run(lambda: (feed := reader.multi.feed(forked)) is not None and feed.held.size == 4)
        world.pass_time(5)
        assert not [event for peer in (holder, reader) for event in peer.heard if isinstance(event, Closed)]


def test_a_block_of_ones_own_feed_comes_back_from_one_who_never_had_to_name_it() -> None:
    with new_world(6) as world:
        writer, keeper = world.peer(), world.peer()
        writer.append(*numbered_blocks(_LENGTH))
        copy_range(writer.feed, keeper.multi.candidate(writer.feed.key), 0, _LENGTH)
        world.connect(writer, keeper)
        world.pass_time(1)
        _change_row(_store_of(writer), _SEQ, "data", 0)
        assert writer.multi.audit()
        writer.turn()
        world.run(lambda: _holds_all(writer, writer))
        _assert_all_is_well([writer, keeper], writer)

"""One's own feed in a room, and how it goes on in another."""

import json
from pathlib import Path

import pytest

from multichat.model.record import (
    FEED_CONTINUED,
    Record,
    json_continuation,
    parse_json_continuation,
    parse_record,
)
from multichat.own_feed import OwnFeed
from multifeed import Conflict, KeyPair, Multifeed, keys, merkle
from multifeed.encoding import encoding_named
from tests.helpers.feeds import copy_range, key_pair, written


def _fork(feed_multi: Multifeed, name: str) -> None:
    """Freeze the writer's feed with a second history of the same key."""
    feed = feed_multi.writer(name)
    pair = feed.key_pair
    assert pair is not None
    roots, _ = merkle.grow((), 0, [b"another history"])
    tree_hash = merkle.tree_hash(roots)
    head = merkle.Head(1, tree_hash, pair.sign(merkle.signable(tree_hash, 1)))
    nodes = [feed._node(index) for index in merkle.split_indexes(feed.length, 1)]
    feed.freeze(Conflict(head, feed.head, tuple(node for node in nodes if node is not None)))


def _open(path: Path) -> Multifeed:
    return Multifeed.open(path, value_encoding="cbor")


def test_a_forked_feed_goes_on_in_another_that_the_old_key_vouches_for(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        first = own.feed
        first.extend(["one", "two"])
        _fork(multi, "local")
        own.go_on_in_another()
        assert own.feed.key != first.key
        assert own.owns(first.key)
        assert own.owns(own.feed.key)
        assert own.first_key == first.key
        link = own.feed.get(0)
        assert link["type"] == FEED_CONTINUED
        assert link["feed"] == first.key
        assert keys.verify(first.key, b"multichat feed continued " + own.feed.key, link["signature"])
        assert parse_record(link) is None


def test_a_feed_that_was_found_forked_at_start_is_continued(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        first = OwnFeed(multi).feed
        first.extend(["one", "two"])
        _fork(multi, "local")
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        assert own.feed.key != first.key
        assert own.feed.get(0)["feed"] == first.key
    with _open(tmp_path / "a.sqlite") as multi:
        assert OwnFeed(multi).feed.length == 1


def test_a_crash_between_the_new_feed_and_its_link_is_made_good(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        first = OwnFeed(multi).feed
        first.append("one")
        successor = multi.continue_writer("local")
        assert successor.length == 0
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        assert own.feed.key == successor.key
        assert own.feed.get(0)["feed"] == first.key


def test_a_stranger_is_not_taken_for_oneself(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        assert not own.owns(KeyPair.generate().public_key)


# --- in JSON ---


def _record(text: str) -> Record:
    return Record("alice", text, 1_620_043_200_250)


def test_whoever_shares_the_room_begins_a_feed_of_json_that_the_other_one_vouches_for(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi, in_json=True)
        local = multi.writer("local")
        assert own.is_json
        assert own.keys == {local.key, own.feed.key}
        assert own.first_key == local.key
        assert parse_json_continuation(own.feed.block(0), own.feed.key) == local.key
        assert own.append(_record("hello")) == 1
        assert own.feed.block(1) == (
            b'{"type":"chat-message","nickname":"alice","text":"hello","timestamp":"2021-05-03T12:00:00.250Z"}\n'
        )
        assert local.length == 0


def test_once_begun_it_is_gone_on_with_whatever_is_asked_for(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        key = OwnFeed(multi, in_json=True).feed.key
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        assert (own.feed.key, own.feed.length) == (key, 1)


def test_a_crash_before_the_first_block_is_made_good(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        multi.writer("local")
        multi.writer("json")
        own = OwnFeed(multi)
        assert json.loads(own.feed.block(0))["type"] == FEED_CONTINUED
        assert own.feed.length == 1


def test_a_feed_of_json_that_forked_goes_on_in_another_of_json(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi, in_json=True)
        own.append(_record("one"))
        first = own.feed
        _fork(multi, "json")
        own.go_on_in_another()
        assert own.is_json
        assert parse_json_continuation(own.feed.block(0), own.feed.key) == first.key
        assert own.keys == {multi.writer("local").key, first.key, own.feed.key}
    with _open(tmp_path / "a.sqlite") as multi:
        again = OwnFeed(multi)
        assert (again.feed.key, again.feed.length) == (own.feed.key, 1)


def test_one_that_forked_while_this_was_not_running_goes_on_in_another_too(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        first = OwnFeed(multi, in_json=True).feed.key
        _fork(multi, "json")
        own = OwnFeed(multi)
        assert own.feed.key != first
        assert parse_json_continuation(own.feed.block(0), own.feed.key) == first


def _said_elsewhere(multi: Multifeed, directory: Path, number: int, block: bytes) -> bytes:
    """Somebody else's feed with one block, which has come here."""
    with Multifeed.open(directory / f"{number}.sqlite") as theirs:
        source = written(theirs, number, [block])
        copy_range(source, multi.candidate(source.key), 0, 1)
        return source.key


def test_one_changes_once_somebody_else_writes_json(tmp_path: Path) -> None:
    with _open(tmp_path / "a.sqlite") as multi:
        own = OwnFeed(multi)
        own.append(_record("in CBOR"))
        _said_elsewhere(multi, tmp_path, 1, encoding_named("cbor").encode({"type": "whatever"}))
        assert not own.is_to_change()
        key = _said_elsewhere(multi, tmp_path, 2, b'{"type":"whatever"}\n')
        assert own.is_to_change()
        multi.block(key)
        assert not own.is_to_change()
        multi.unblock(key)
        own.go_on_in_json()
        assert not own.is_to_change()
        own.append(_record("in JSON"))
        assert [feed.length for feed in own.written] == [1, 2]


@pytest.mark.parametrize(
    "block",
    [
        b"{}",
        b'{"type":"feed-continued"}',
        b'{"type":"feed-continued","continues":5,"signature":[]}',
        b'{"type":"feed-continued","continues":"zz","signature":"00"}',
        b'{"type":"feed-continued","continues":"00","signature":"00"}',
        b"\x00",
        b"[]",
    ],
)
def test_what_nobody_has_signed_vouches_for_nothing(block: bytes) -> None:
    assert parse_json_continuation(block, key_pair(1).public_key) is None


def test_a_signature_is_for_one_feed_alone() -> None:
    earlier, later, other = map(key_pair, (1, 2, 3))
    block = json_continuation(earlier, later.public_key)
    assert parse_json_continuation(block, later.public_key) == earlier.public_key
    assert parse_json_continuation(block, other.public_key) is None
    # Nothing in it is taken for the feed that it stands in.
    assert "feed" not in json.loads(block)

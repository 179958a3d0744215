"""One's own feed in a room, and how it goes on in another."""

from pathlib import Path

from multichat.model.record import FEED_CONTINUED, parse_record
from multichat.own_feed import OwnFeed
from multifeed import Conflict, KeyPair, Multifeed, keys, merkle


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

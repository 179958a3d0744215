"""The set of feeds: writers by name, other people's feeds by key, and who hears of what."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from multifeed import ClosedError, Feed, InvalidArgumentError, InvalidProofError, KeyPair, Multifeed
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, key_pair, numbered_blocks, rows_of, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ours.sqlite"


@pytest.fixture
def multi(path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(path) as ours:
        yield ours


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Feed]:
    """Somebody else's feed of ten blocks."""
    with Multifeed.open(tmp_path / "source.sqlite") as theirs:
        yield written(theirs, 99, numbered_blocks(10))


def test_a_writer_is_made_once_and_then_found_by_its_name(multi: Multifeed) -> None:
    feed = multi.writer("local")
    assert multi.writer("local") is feed
    assert multi.writer("other") is not feed
    assert multi.feeds() == [feed, multi.writer("other")]


def test_a_writer_without_a_key_pair_gets_a_new_one(multi: Multifeed) -> None:
    assert multi.writer("a").key != multi.writer("b").key


def test_a_writer_keeps_its_key(multi: Multifeed) -> None:
    feed = multi.writer("a", key_pair=key_pair(1))
    assert multi.writer("a", key_pair=key_pair(1)) is feed
    with pytest.raises(InvalidArgumentError):
        multi.writer("a", key_pair=key_pair(2))
    with pytest.raises(InvalidArgumentError):
        multi.writer("b", key_pair=key_pair(1))
    assert multi.feeds() == [feed]


@pytest.mark.parametrize("name", ["", "x" * 257, "x" * 10_000, None, 1, b"bytes"], ids=lambda name: repr(name)[:10])
def test_a_name_that_is_none_is_refused(multi: Multifeed, name: str) -> None:
    with pytest.raises(InvalidArgumentError):
        multi.writer(name)
    assert multi.feeds() == []


@pytest.mark.parametrize("name", ["x" * 256, "0", "1", "ä\u202e\n", "'; DROP TABLE feeds; --", "\x00"])
def test_any_other_name_is_a_name(path: Path, name: str) -> None:
    with Multifeed.open(path) as multi:
        key = multi.writer(name).key
    with Multifeed.open(path) as multi:
        assert multi.writer(name).key == key
        assert len(multi.feeds()) == 1


def test_a_name_never_finds_a_foreign_feed(multi: Multifeed, source: Feed) -> None:
    copy_range(source, multi.candidate(source.key), 0, 10)
    foreign = multi.feed(source.key)
    for name in ("0", "1", "2", "local", source.key.hex(), "writer 99"):
        feed = multi.writer(name)
        assert feed is not foreign
        assert feed.writable
    assert heads_of([foreign] if foreign else []) == heads_of([source])


def test_the_key_pair_of_a_feed_that_is_here_makes_no_second_feed(multi: Multifeed) -> None:
    foreign = multi.add(key_pair(7).public_key)
    with pytest.raises(InvalidArgumentError):
        multi.writer("a", key_pair=key_pair(7))
    assert multi.feeds() == [foreign]


@pytest.mark.parametrize("key_given", [True, False])
def test_twenty_threads_that_want_one_writer_get_one_feed(multi: Multifeed, *, key_given: bool) -> None:
    barrier = Barrier(20)

    def want(number: int) -> int:
        barrier.wait()
        feed = multi.writer("x", key_pair=key_pair(1) if key_given else None)
        return feed.append(b"from %d" % number)

    with ThreadPoolExecutor(20) as threads:
        seqs = list(threads.map(want, range(20)))
    assert len(multi.feeds()) == 1
    assert sorted(seqs) == list(range(20))
    assert sorted(multi.writer("x")) == sorted(b"from %d" % number for number in range(20))
    assert_all_verify(multi)


def test_an_added_feed_is_remembered_while_nothing_of_it_is_held(path: Path) -> None:
    with Multifeed.open(path) as multi:
        feed = multi.add(key_pair(5).public_key)
        assert multi.add(feed.key) is feed
        assert (feed.length, feed.writable, list(feed)) == (0, False, [])
    with Multifeed.open(path) as multi:
        assert [feed.key for feed in multi.feeds()] == [key_pair(5).public_key]


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33, "k" * 32, None], ids=repr)
def test_a_key_of_another_size_or_kind_is_refused(multi: Multifeed, key: bytes) -> None:
    for ask in (multi.add, multi.feed, multi.candidate):
        with pytest.raises(InvalidArgumentError):
            ask(key)
    with pytest.raises(InvalidArgumentError):
        KeyPair.from_seed(key)
    assert multi.feeds() == []


def test_candidates_cost_nothing_on_the_disk_until_a_block_is_accepted(multi: Multifeed, source: Feed) -> None:
    before = rows_of(multi._shelf.store.path)
    for number in range(2000):
        assert multi.candidate(number.to_bytes(32)).length == 0
    candidate = multi.candidate(source.key)
    with pytest.raises(InvalidProofError):
        candidate.accept(0, [b"forged"], source.proof(0, 1))
    assert rows_of(multi._shelf.store.path) == before
    assert multi.feeds() == []
    copy_range(source, candidate, 9, 10)
    assert multi.feeds() == [candidate]
    assert multi.candidate(source.key) is candidate


def test_two_candidates_of_one_feed_are_one_feed_on_the_disk(multi: Multifeed, source: Feed) -> None:
    first, second = multi.candidate(source.key), multi.candidate(source.key)
    copy_range(source, first, 0, 5)
    copy_range(source, second, 5, 10)
    assert [list(feed.held) for feed in multi.feeds()] == [[(0, 10)]]


def test_everything_is_there_after_reopening(path: Path, source: Feed) -> None:
    with Multifeed.open(path) as multi:
        own = written(multi, 1, numbered_blocks(20))
        copy_range(source, multi.candidate(source.key), 0, 3)
        copy_range(source, multi.candidate(source.key), 5, 10)
        multi.set_meta("name", b"value")
        heads, arrivals = heads_of(multi.feeds()), list(multi.arrivals())
        roots = own.roots
    with Multifeed.open(path) as multi:
        assert heads_of(multi.feeds()) == heads
        assert list(multi.arrivals()) == arrivals
        assert multi.meta("name") == b"value"
        assert multi.meta("other") is None
        own = multi.writer("writer 1")
        assert (own.roots, own.byte_length, own.writable) == (roots, sum(map(len, numbered_blocks(20))), True)
        assert own.append(b"goes on") == 20
        copy = multi.add(source.key)
        copy_range(source, copy, 3, 5)
        assert list(copy) == list(source)
        assert_all_verify(multi)


def test_listeners_hear_after_the_commit(multi: Multifeed, path: Path, source: Feed) -> None:
    heard = list[tuple[bytes, int, int]]()

    def listen(feed: Feed, start: int, end: int) -> None:
        # Another connection sees it already: it is committed.
        assert rows_of(path)["blocks"] == len(list(multi.arrivals()))
        assert feed.blocks(start, end)
        assert feed in multi.feeds()
        heard.append((feed.key, start, end))

    stop = multi.listen(listen)
    own = multi.writer("a")
    own.append(b"1")
    own.extend([b"2", b"3"])
    copy_range(source, multi.candidate(source.key), 4, 6)
    assert heard == [(own.key, 0, 1), (own.key, 1, 3), (source.key, 4, 6)]
    stop()
    own.append(b"4")
    assert len(heard) == 3


def test_a_listener_that_stops_while_it_is_called_does_not_disturb_the_others(multi: Multifeed) -> None:
    heard = list[str]()
    stops = list[Callable[[], None]]()

    def first(_feed: Feed, _start: int, _end: int) -> None:
        heard.append("first")
        stops[0]()

    stops.append(multi.listen(first))
    multi.listen(lambda _feed, _start, _end: heard.append("second"))
    feed = multi.writer("a")
    feed.append(b"1")
    feed.append(b"2")
    assert heard == ["first", "second", "second"]


_USES: dict[str, Callable[[Multifeed, Feed, Feed], object]] = {
    "append": lambda _, own, __: own.append(b"x"),
    "get": lambda _, own, __: own.get(0),
    "read": lambda _, own, __: list(own),
    "proof": lambda _, own, __: own.proof(0, 1),
    "accept": lambda multi, _, source: multi.candidate(source.key).accept(0, source.blocks(0, 1), source.proof(0, 1)),
    "writer": lambda multi, _, __: multi.writer("a"),
    "new writer": lambda multi, _, __: multi.writer("new"),
    "add": lambda multi, _, __: multi.add(key_pair(5).public_key),
    "arrivals": lambda multi, _, __: list(multi.arrivals()),
    "last arrival": lambda multi, _, __: multi.last_arrival,
    "meta": lambda multi, _, __: multi.meta("a"),
    "set meta": lambda multi, _, __: multi.set_meta("a", b""),
}


@pytest.mark.parametrize("use", _USES.values(), ids=_USES)
def test_a_closed_multifeed_refuses_to_be_used(
    multi: Multifeed, path: Path, source: Feed, use: Callable[[Multifeed, Feed, Feed], object]
) -> None:
    own = multi.writer("a")
    own.append(b"1")
    multi.close()
    content = path.read_bytes()
    with pytest.raises(ClosedError):
        use(multi, own, source)
    assert path.read_bytes() == content
    assert own.length == 1


def test_closing_twice_is_closing_once(multi: Multifeed, path: Path) -> None:
    multi.close()
    multi.close()
    with Multifeed.open(path) as again:
        assert again.feeds() == []

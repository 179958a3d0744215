"""The search index: what is said is found, newest first, and the index is made anew whenever it is of no use."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from multichat.errors import UsageError
from multichat.model import search
from multichat.model.finder import Finder
from multichat.model.message import Message, Position
from multichat.model.query import Query
from multichat.model.record import Record
from multichat.model.search import SearchIndex
from multifeed import Feed, Multifeed, StoreError
from multifeed.encoding import encoding_named
from tests.helpers.broken_disk import io_errors
from tests.helpers.feeds import copy_range, key_pair, written

NOW_MS = 1_717_156_800_000  # noon of 31 May 2024
_DAY_MS = 86_400_000
_LATER_MS = NOW_MS + 1
_EVERYTHING = 1_000_000
_SEEDS = pytest.mark.parametrize("seed", range(4))

_encode = encoding_named("cbor").encode


class _Log:
    """A store of chat records and its indexes."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.path = directory / "log.sqlite"
        self.stack = stack
        self.open()

    def open(self) -> None:
        self.multi = self.stack.enter_context(Multifeed.open(self.path, value_encoding="cbor"))

    def index(self, name: str = "search.sqlite") -> SearchIndex:
        index = SearchIndex.open(self.path.with_name(name), self.multi, source=b"ours")
        return self.stack.enter_context(closing(index))

    def say(self, text: str, timestamp_ms: int = NOW_MS, nickname: str = "anna") -> None:
        # Each writes a feed of their own.
        feed = self.multi.writer(nickname, key_pair=key_pair(sum(map(ord, nickname))))
        feed.append(Record(nickname, text, timestamp_ms).value())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[_Log]:
    with ExitStack() as stack:
        yield _Log(tmp_path, stack)


def _parse(text: str) -> Query:
    return Query.parse(text, today=date(2024, 5, 31), zone=UTC)


def _read_all(index: SearchIndex) -> SearchIndex:
    for _ in range(1000):
        if not index.advance():
            break
    assert index.unread == 0
    return index


def _find(index: SearchIndex, text: str, count: int = _EVERYTHING) -> list[str]:
    return [message.text for message in index.search(_parse(text), None, count, until_ms=_LATER_MS)]


def _positions(messages: Iterable[Message]) -> list[Position]:
    return [message.position for message in messages]


def _sql(path: Path, statement: str, *parameters: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


# --- what is found ---


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Hello, world!", "world hello "),
        ("Hello, world!", "hel"),
        ("Hello, world!", '"hello world"'),
        ("Hello, world!", '"hello wor'),
        ("всем привет", "при"),
        ("abc中 ab\U0001d7ce", "ab"),
        ("Crème brûlée", "CREME brulee "),
        ("creme brulee", "crème brûlée "),
        ("Straße", "STRASSE "),
        ("我住在中国北京", "中国"),
        ("我住在中国北京", "国北 住 "),
        ("ผมกินข้าว", "กิน"),
        ("カタカナ", "タカ"),
        ("학교에서", "학교"),
        ("party 🎉🎉 time", "🎉"),
        ("👍🏽", "👍"),
        ("שלום עולם", "עולם"),
        ("say NEAR(a b) AND x* OR ^y", "NEAR( AND x* ^y "),
        ('he said "no" - twice', '"said no twice"'),
        ("see https://example.org/a?b=c", "https://example.org/a"),
        ("a\x00b\u202ec", "b"),
        ("x" * 500, "x" * 100),
    ],
)
def test_what_was_said_is_found(log: _Log, text: str, query: str) -> None:
    log.say("something else", NOW_MS - 1)
    log.say(text)
    messages = _read_all(log.index()).search(_parse(query), None, 10, until_ms=NOW_MS)
    assert [message.record.text for message in messages] == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hello world", "hello moon "),
        ("hello world", "wor "),
        ("hello world", '"world hello"'),
        ("hello big world", '"hello world"'),
        ("hello world", "hello -world"),
        ("hello world", "orld"),
        ("中国", "国中"),
        ("中 国 中", "中中"),
        ("anna", "text:anna "),
        ("hello", "@ 616e6e61 "),
        ("hello", "from:nna"),
        ("hello", "hello from:bob"),
        ("hello", "hello -from:an"),
        ("hello", "hello on:2023"),
        ("h", "he"),
    ],
)
def test_what_was_not_said_is_not_found(log: _Log, text: str, query: str) -> None:
    log.say(text)
    assert _find(_read_all(log.index()), query) == []


def test_people_are_found_by_the_beginning_of_their_nickname(log: _Log) -> None:
    for number, nickname in enumerate(["anna", "Anna Maria", "André", "bob", 'q"*', "an"]):
        log.say(nickname, NOW_MS + number, nickname)
    index = _read_all(log.index())
    found = {
        text: [message.text for message in index.search(_parse(text), None, 10, until_ms=NOW_MS + 10)]
        for text in ("from:ANNA", 'from:"anna m"', "from:andre", "from:an", 'from:q"*', "from:bob from:andr", "-from:a")
    }
    assert found == {
        "from:ANNA": ["Anna Maria", "anna"],
        'from:"anna m"': ["Anna Maria"],
        "from:andre": ["André"],
        "from:an": ["an", "André", "Anna Maria", "anna"],
        'from:q"*': ['q"*'],
        "from:bob from:andr": ["bob", "André"],
        "-from:a": ['q"*', "bob"],
    }


def test_times_are_exact_to_the_millisecond(log: _Log) -> None:
    midnight_ms = NOW_MS - _DAY_MS // 2
    for shift_ms in (-1, 0, _DAY_MS - 1, _DAY_MS):
        log.say(f"text {shift_ms}", midnight_ms + shift_ms)
    index = _read_all(log.index())

    def found(text: str) -> list[str]:
        return [message.text for message in index.search(_parse(text), None, 10, until_ms=NOW_MS + _DAY_MS)]

    assert found("text on:today") == [f"text {_DAY_MS - 1}", "text 0"]
    assert found("on:today") == [f"text {_DAY_MS - 1}", "text 0"]
    assert found("text before:today") == ["text -1"]
    assert found("text after:today") == [f"text {_DAY_MS}"]
    assert found("text on:yesterday on:today") == []


@pytest.mark.parametrize("shift_ms", [0, 1, 100, 255])
def test_those_of_one_moment_are_found_whichever_place_they_have(log: _Log, shift_ms: int) -> None:
    moment_ms = NOW_MS // 256 * 256 + shift_ms
    for number, timestamp_ms in enumerate([moment_ms, moment_ms, moment_ms - 1, moment_ms + 1, moment_ms]):
        log.say(f"{number}", timestamp_ms, f"writer {number}")
    query = Query(start_ms=moment_ms, end_ms=moment_ms + 1)
    found = _read_all(log.index()).search(query, None, 10, until_ms=moment_ms)
    assert sorted(message.text for message in found) == ["0", "1", "4"]


def test_what_is_held_aside_is_not_found_before_it_is_due(log: _Log) -> None:
    log.say("now", NOW_MS)
    log.say("later", NOW_MS + 1)
    index = _read_all(log.index())
    found = [len(index.search(_parse("from:anna"), None, 10, until_ms=NOW_MS + shift)) for shift in (-1, 0, 1)]
    assert found == [0, 1, 2]
    assert [index.count(_parse("from:anna"), 10, until_ms=NOW_MS + shift) for shift in (-1, 0, 1)] == found


def test_it_is_counted_up_to_a_limit(log: _Log) -> None:
    for number in range(5):
        log.say(f"word {number}", NOW_MS + number)
    index = _read_all(log.index())
    assert [index.count(_parse("word"), at_most, until_ms=NOW_MS + 10) for at_most in (0, 3, 5, 100)] == [0, 3, 5, 5]


@pytest.mark.parametrize(("bucket_ms", "alternatives"), [(256, 2000), (1, 1), (4, 0)])
@_SEEDS
def test_pages_of_any_size_tile_what_is_found(
    log: _Log, seed: int, bucket_ms: int, alternatives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_BUCKET_LENGTH_MS", bucket_ms)
    monkeypatch.setattr(search, "_ALTERNATIVES_MAX", alternatives)
    rng = Random(seed)
    for number in range(60):
        log.say(rng.choice(["word", "words", "other"]) + f" {number}", NOW_MS - rng.randrange(12), rng.choice("abc"))
    index = _read_all(log.index())
    query = _parse("wor")
    whole = index.search(query, None, _EVERYTHING, until_ms=NOW_MS)
    assert _positions(whole) == sorted(_positions(whole), reverse=True)
    assert len(whole) == index.count(query, _EVERYTHING, until_ms=NOW_MS) > 20
    for size in (1, 2, 7, len(whole), len(whole) + 1):
        edge: Position | None = None
        pages: list[Message] = []
        while page := index.search(query, edge, size, until_ms=NOW_MS):
            assert len(page) == min(size, len(whole) - len(pages)), "a page is read twice, or is short"
            pages += page
            edge = page[-1].position
        assert pages == whole
    start = Position(NOW_MS - 5, b"\x80", 0)
    assert index.search(query, start, 5, until_ms=NOW_MS) == [one for one in whole if one.position < start][:5]


def test_more_messages_of_the_same_moment_than_have_a_place_are_all_found_in_order(log: _Log) -> None:
    for nickname in ("anna's", "bob's"):
        feed = log.multi.writer(nickname)
        feed.extend(Record(nickname, f"same {number}", NOW_MS).value() for number in range(300))
    log.say("same before", NOW_MS - 5000)
    index = _read_all(log.index())
    whole = index.search(_parse("same"), None, _EVERYTHING, until_ms=NOW_MS)
    assert len(whole) == 601
    assert _positions(whole) == sorted(_positions(whole), reverse=True)
    assert index.search(_parse("same"), whole[400].position, 200, until_ms=NOW_MS) == whole[401:]
    assert [message.text for message in index.search(_parse("299 "), None, 5, until_ms=NOW_MS)] == ["same 299"] * 2


def test_what_somebody_types_is_read_on_the_day_on_which_it_is_typed_and_hits_show_why(log: _Log) -> None:
    log.say("yesterday's word", NOW_MS - _DAY_MS)
    log.say("some\n\n    word", NOW_MS)
    log.say("a word that is held aside", NOW_MS + 1)
    finder = Finder(_read_all(log.index()), lambda: NOW_MS, lambda: datetime.fromtimestamp(NOW_MS / 1000).astimezone())
    found = finder.find("word", None, 10)
    assert [hit.excerpt(100).text for hit in found] == ["some word", "yesterday's word"]
    assert [hit.excerpt(100).spans for hit in found] == [((5, 9),), ((12, 16),)]
    assert finder.find("word", found[0].message.position, 10) == found[1:]
    assert [hit.message.text for hit in finder.find("on:yesterday", None, 10)] == ["yesterday's word"]
    with pytest.raises(UsageError, match="is followed by a date"):
        finder.find("on:someday", None, 10)


def test_what_no_message_says_is_skipped(log: _Log, tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "author.sqlite") as multi:
        blocks = [b"", b"\xff junk", _encode({"type": "picture"}), _encode(Record("x", "hello", NOW_MS).value())]
        author = written(multi, 1, blocks)
        copy_range(author, log.multi.candidate(author.key), 0, len(blocks))
    index = log.index()
    assert index.unread == 4
    assert _find(_read_all(index), "hello") == ["hello"]


# --- how it grows ---


def test_a_step_ends_after_so_much_text(log: _Log) -> None:
    feed = log.multi.writer("anna")
    feed.extend(Record("anna", "中国" * 6000, NOW_MS + number).value() for number in range(10))
    index = log.index()
    steps = 1
    while index.advance():
        steps += 1
    assert steps == 5


@_SEEDS
def test_each_block_is_indexed_once_wherever_the_program_ends(
    log: _Log, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_STEP_LENGTH_BLOCKS", 5)
    rng = Random(seed)
    name, index = "search.sqlite", log.index()
    for number in range(100):
        log.say(f"word {number}", NOW_MS - rng.randrange(1000), rng.choice("abc"))
        for _ in range(rng.randrange(2)):
            index.advance()
        if rng.random() < 0.1:
            index.close()
            index = log.index(name)
        elif rng.random() < 0.1:
            # Killed: what it leaves is a database and the log beside it.
            earlier, name = name, f"killed {number}"
            for suffix in ("", "-wal"):
                shutil.copy(log.path.with_name(earlier + suffix), log.path.with_name(name + suffix))
            index = log.index(name)
    found = _find(_read_all(index), "word")
    assert sorted(found) == sorted(f"word {number}" for number in range(100))
    assert found == _find(_read_all(log.index("fresh.sqlite")), "word")


def test_a_disk_that_refuses_is_a_store_error_and_nothing_is_lost_by_it(log: _Log) -> None:
    log.say("one")
    index = _read_all(log.index())
    for number in range(200):
        log.say(f"word{number} {number}", NOW_MS - number)
    with io_errors(), pytest.raises(StoreError, match="can be deleted"):
        _read_all(index)
    assert _find(index, "one ") == ["one"]
    assert _find(_read_all(index), "word199 ") == ["word199 199"]
    assert index.count(_parse("from:anna"), _EVERYTHING, until_ms=NOW_MS) == 201


def test_a_python_without_full_text_search_is_told(log: _Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_SCHEMA", search._SCHEMA.replace("fts5", "no_such_thing"))
    with pytest.raises(StoreError, match="there is no search"):
        log.index()


# --- damage ---


_RUINS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "junk": lambda path: path.write_bytes(Random(1).randbytes(path.stat().st_size)),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5000]),
    "of another log": lambda path: _sql(path, "UPDATE progress SET source = x'00'"),
    "of another version": lambda path: _sql(path, "PRAGMA user_version = 77"),
    "without progress": lambda path: _sql(path, "DELETE FROM progress"),
    "without a table": lambda path: _sql(path, "DROP TABLE progress"),
    "ahead of its log": lambda path: _sql(path, "UPDATE progress SET cursor = 1000"),
}


@pytest.mark.parametrize("ruin", _RUINS.values(), ids=_RUINS)
def test_an_index_that_is_of_no_use_is_made_anew(log: _Log, ruin: Callable[[Path], object]) -> None:
    for number in range(20):
        log.say(f"word {number}", NOW_MS - number)
    index = _read_all(log.index())
    expected = _find(index, "word")
    index.close()
    ruin(log.path.with_name("search.sqlite"))
    index = log.index()
    assert index.unread == 20
    assert _find(index, "word") == []
    assert _find(_read_all(index), "word") == expected
    assert len(expected) == 20


def test_an_index_that_turns_out_to_be_damaged_says_so_and_is_made_anew(log: _Log) -> None:
    for number in range(20):
        log.say(f"word {number}", NOW_MS - number)
    index = _read_all(log.index())
    expected = _find(index, "word")
    index.close()
    _sql(log.path.with_name("search.sqlite"), "UPDATE texts_data SET block = randomblob(200) WHERE id > 10")
    index = log.index()
    assert index.unread == 0
    with pytest.raises(StoreError):
        _find(index, "word")
    assert index.unread == 20
    assert _find(_read_all(index), "word") == expected


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Feed]:
    with Multifeed.open(tmp_path / "author.sqlite") as multi:
        records = [Record("anna", f"word {seq}", NOW_MS - 300 * seq) for seq in range(10)]
        yield written(multi, 1, [_encode(record.value()) for record in records])


@pytest.mark.parametrize("bucket_ms", [256, 1])
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM blocks WHERE seq = 4",
        "UPDATE blocks SET data = x'ff' WHERE seq = 4",
        "UPDATE blocks SET data = CAST(replace(data, '2024-05-31', '2024-05-30') AS BLOB) WHERE seq = 4",
    ],
)
def test_a_message_that_the_disk_has_lost_is_skipped_and_found_again_once_it_is_back(
    log: _Log, author: Feed, damage: str, bucket_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_BUCKET_LENGTH_MS", bucket_ms)
    copy_range(author, log.multi.candidate(author.key), 0, 10)
    if bucket_ms == 1:
        # Others have taken its place, so that it has none.
        for number in range(10):
            log.say("taken", NOW_MS - 300 * number, "bob")
    _read_all(log.index()).close()
    log.multi.close()
    _sql(log.path, damage)
    log.open()
    index = log.index()
    pages = [index.search(_parse("word"), Position(NOW_MS - 300 * 3, b"", 0), 1, until_ms=NOW_MS) for _ in range(2)]
    assert [[message.position.seq for message in page] for page in pages] == [[5], [5]]
    assert log.multi.audit()
    copy = log.multi.candidate(author.key)
    for gap in list(copy.held.gaps(0, 10)):
        copy_range(author, copy, *gap)
    assert index.unread > 0
    assert _find(_read_all(index), "word") == [f"word {seq}" for seq in range(10)]


def test_what_arrived_and_is_gone_before_it_is_read_leaves_nothing_unread(log: _Log, author: Feed) -> None:
    copy_range(author, log.multi.candidate(author.key), 0, 10)
    log.multi.close()
    _sql(log.path, "UPDATE feeds SET signature = zeroblob(64)")
    _sql(log.path, "DELETE FROM blocks")
    log.open()
    assert log.multi.last_arrival == 10
    assert not log.index().advance()
    index = _read_all(log.index())
    assert _find(index, "word") == []

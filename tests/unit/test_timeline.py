"""The timeline: one order for everybody, made anew from the log whenever it does not fit."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model import timeline
from multichat.model.message import Message, Position
from multichat.model.record import Record, continuation_value
from multichat.model.timeline import Timeline
from multifeed import BlockDecodeError, Feed, Multifeed
from multifeed.encoding import encoding_named
from tests.helpers.feeds import copy_range, key_pair, written

NOW_MS = 1_700_000_000_000
FAR_MS = NOW_MS + 2 * CLOCK_AHEAD_MAX_MS
EVERYTHING = 1_000_000
SEEDS = pytest.mark.parametrize("seed", range(6))

Content = list[tuple[Position, str]]
_encode = encoding_named("cbor").encode
_GOOD: dict[str, object] = {**Record("anna", f"{NOW_MS}", NOW_MS).value()}


class _Log:
    """A store of chat records, its views, and a clock that stands still."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.path = directory / "log.sqlite"
        self.now_ms = NOW_MS
        self._stack = stack
        self.open()

    def open(self) -> None:
        self.multi = self._stack.enter_context(Multifeed.open(self.path, value_encoding="cbor"))

    def view(self, name: str = "view.sqlite") -> Timeline:
        path = self.path.with_name(name)
        view = Timeline.open(path, self.multi, source=b"ours", clock_ms=lambda: self.now_ms)
        return self._stack.enter_context(closing(view))

    def say(self, *timestamps_ms: int) -> None:
        records = [Record("anna", f"{timestamp_ms}", timestamp_ms) for timestamp_ms in timestamps_ms]
        self.multi.writer("local").extend(record.value() for record in records)

    def receive(self, runs: Iterable[tuple[Feed, int, int]]) -> None:
        for author, start, end in runs:
            copy_range(author, self.multi.candidate(author.key), start, end)

    def spoken(self) -> Content:
        """What the records in the log say, in order of arrival, found without a view."""
        found = []
        for arrival in self.multi.arrivals():
            with suppress(BlockDecodeError):
                value = self.multi.decode(arrival.data)
                if isinstance(value, dict) and "text" in value:
                    found.append((Position(int(value["text"].split()[0]), arrival.feed, arrival.seq), value["text"]))
        return found


@pytest.fixture
def log(tmp_path: Path) -> Iterator[_Log]:
    with ExitStack() as stack:
        yield _Log(tmp_path, stack)


@pytest.fixture
def authors(tmp_path: Path, seed: int) -> Iterator[list[Feed]]:
    """Three feeds of records, many with the same timestamp, and of blocks that are none."""
    rng = Random(seed)
    with Multifeed.open(tmp_path / "authors.sqlite") as multi:
        yield [written(multi, number, [_any_block(rng) for _ in range(rng.randrange(20, 40))]) for number in range(3)]


def _any_block(rng: Random) -> bytes:
    if rng.random() < 0.2:
        return rng.choice([b"", b"\xff junk", _encode({"type": "picture"}), _encode(7)])
    timestamp_ms = NOW_MS - rng.randrange(12)
    return _encode(Record("anna", f"{timestamp_ms} {rng.random()}", timestamp_ms).value())


def _deliveries(authors: list[Feed], rng: Random) -> list[tuple[Feed, int, int]]:
    """Every block of the authors once, in short runs and any order."""
    cuts = {author: sorted({0, author.length, *rng.sample(range(author.length), 8)}) for author in authors}
    runs = [(author, start, end) for author in authors for start, end in pairwise(cuts[author])]
    return rng.sample(runs, len(runs))


def _content(messages: Iterable[Message]) -> Content:
    return [(message.position, message.record.text) for message in messages]


def _all(view: Timeline) -> Content:
    return _content(view.after(None, EVERYTHING))


def _advance_to_the_end(view: Timeline) -> Content:
    given: Content = []
    while (messages := view.advance()) is not None:
        given += _content(messages)
    return given


def _sql(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def _assert_is_made_anew(log: _Log) -> None:
    assert _advance_to_the_end(log.view()) == log.spoken()
    _advance_to_the_end(log.view("fresh.sqlite"))
    for query in ("SELECT * FROM positions", "SELECT * FROM progress"):
        assert _sql(log.path.with_name("view.sqlite"), query) == _sql(log.path.with_name("fresh.sqlite"), query)


@SEEDS
def test_the_order_is_the_same_for_any_order_of_arrival(log: _Log, authors: list[Feed], seed: int) -> None:
    log.receive(_deliveries(authors, Random(seed)))
    view = log.view()
    assert _advance_to_the_end(view) == log.spoken() != sorted(log.spoken())
    assert _all(view) == sorted(log.spoken())


def test_equal_timestamps_do_not_overwrite_each_other(log: _Log) -> None:
    view = log.view()
    for number in (1, 2, 1, 2):
        log.multi.writer(f"writer {number}").append(_GOOD)
    assert sorted(_advance_to_the_end(view)) == _all(view)
    assert len(_all(view)) == 4


@SEEDS
def test_each_block_is_indexed_once_wherever_the_program_ends(
    log: _Log, authors: list[Feed], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "_STEP_LENGTH_BLOCKS", 5)
    rng = Random(seed)
    given: Content = []
    name, view = "view.sqlite", log.view()
    for number, run in enumerate(_deliveries(authors, rng)):
        log.receive([run])
        for _ in range(rng.randrange(4)):
            given += _content(view.advance() or ())
        if rng.random() < 0.3:
            view.close()
            view = log.view(name)
        elif rng.random() < 0.3:
            # Killed: what it leaves is a database and the log beside it.
            earlier, name = name, f"killed {number}"
            for suffix in ("", "-wal"):
                shutil.copy(log.path.with_name(earlier + suffix), log.path.with_name(name + suffix))
            view = log.view(name)
    assert given + _advance_to_the_end(view) == log.spoken()
    assert _all(view) == sorted(log.spoken())


_RUINS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "junk": lambda path: path.write_bytes(Random(1).randbytes(path.stat().st_size)),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5000]),
    "of another log": lambda path: _sql(path, "UPDATE progress SET source = x'00'"),
    "of another version": lambda path: _sql(path, "PRAGMA user_version = 2"),
    "without progress": lambda path: _sql(path, "DELETE FROM progress"),
    "without a table": lambda path: _sql(path, "DROP TABLE progress"),
}


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("ruin", _RUINS.values(), ids=_RUINS)
def test_a_view_that_is_of_no_use_is_made_anew(
    log: _Log, authors: list[Feed], seed: int, ruin: Callable[[Path], object]
) -> None:
    log.receive(_deliveries(authors, Random(seed)))
    view = log.view()
    _advance_to_the_end(view)
    view.close()
    path = log.path.with_name("view.sqlite")
    _sql(path, "INSERT INTO positions VALUES (5, x'00', 5)")
    ruin(path)
    _assert_is_made_anew(log)


@SEEDS
def test_a_view_of_a_log_that_was_put_back_is_made_anew(log: _Log, authors: list[Feed], seed: int) -> None:
    runs = _deliveries(authors, Random(seed))
    log.receive(runs[:8])
    log.multi.close()
    earlier = log.path.read_bytes()
    log.open()
    log.receive(runs[8:])
    view = log.view()
    _advance_to_the_end(view)
    view.close()
    log.multi.close()
    log.path.write_bytes(earlier)
    log.open()
    assert list(log.view().after(None, EVERYTHING)) == []
    log.receive(runs[:7:-1])
    _assert_is_made_anew(log)


def test_a_message_more_than_five_minutes_ahead_waits_and_does_not_drag_our_clock(log: _Log) -> None:
    view = log.view()
    log.say(NOW_MS + 7, NOW_MS + CLOCK_AHEAD_MAX_MS + 1)
    assert [position.seq for position, _ in _advance_to_the_end(view)] == [0]
    assert (view.next_release_in_ms(), view.release(), view.next_timestamp_ms()) == (1, (), NOW_MS + 8)
    log.now_ms += 1
    assert [position.seq for position, _ in _content(view.release())] == [1]
    assert (view.next_release_in_ms(), view.release()) == (None, ())


@SEEDS
def test_what_is_held_aside_is_shown_and_given_once_and_when_it_is_due(log: _Log, seed: int) -> None:
    rng = Random(seed)
    view = log.view()
    said: list[int] = []
    given: Content = []
    written_ms = 0
    horizon_ms = log.now_ms + CLOCK_AHEAD_MAX_MS
    for _ in range(60):
        edge_ms = CLOCK_AHEAD_MAX_MS + rng.randrange(2)
        said.append(log.now_ms + rng.choice([edge_ms, rng.randrange(-CLOCK_AHEAD_MAX_MS, 3 * CLOCK_AHEAD_MAX_MS)]))
        log.say(said[-1])
        given += _advance_to_the_end(view)
        log.now_ms += rng.randrange(CLOCK_AHEAD_MAX_MS) * rng.randrange(2)
        if rng.random() < 0.5:
            horizon_ms = log.now_ms + CLOCK_AHEAD_MAX_MS
            given += _content(view.release())
        shown = sorted(item for item in log.spoken() if item[0].timestamp_ms <= horizon_ms)
        aside_ms = [said_ms for said_ms in said if said_ms > horizon_ms]
        assert _all(view) == _content(view.before(None, EVERYTHING)) == shown
        assert sorted(given) == shown
        due_ms = min(aside_ms) - CLOCK_AHEAD_MAX_MS if aside_ms else None
        assert view.next_release_in_ms() == (None if due_ms is None else due_ms - log.now_ms)
        assert view.count_aside((), EVERYTHING) == len(view.aside(None, EVERYTHING)) == len(aside_ms)
        seen_ms = [said_ms for said_ms in (*said, written_ms) if said_ms <= log.now_ms + CLOCK_AHEAD_MAX_MS]
        written_ms = view.next_timestamp_ms()
        assert written_ms == max(log.now_ms, *(said_ms + 1 for said_ms in seen_ms))


@SEEDS
def test_pages_of_any_size_tile_the_history(log: _Log, authors: list[Feed], seed: int) -> None:
    rng = Random(seed)
    log.receive(_deliveries(authors, rng))
    whole = sorted(log.spoken())
    log.say(FAR_MS)
    view = log.view()
    _advance_to_the_end(view)
    for size in (1, 2, 3, 7, len(whole) - 1, len(whole), len(whole) + 1):
        start = rng.choice([None, rng.choice(whole)[0], Position(NOW_MS - 3, b"\x80", 0)])
        later = [item for item in whole if start is None or item[0] > start]
        earlier = [item for item in reversed(whole) if start is None or item[0] < start]
        for read, step, rest in ((view.after, 1, later), (view.before, -1, earlier)):
            edge = start
            for at in range(0, len(rest) + size, size):
                page = _content(read(edge, size))[::step]
                assert page == rest[at : at + size]
                edge = page[-1][0] if page else edge


_NOT_TEXTS: list[object] = [7, None, b"x", ["x"], {}]
_NOT_TIMES: list[object] = [*_NOT_TEXTS, 1.5, "", "now", "2023-01-01T00:00:00", "1969-12-31T23:59:59Z"]
_NO_MESSAGES: list[object] = [
    *("text", [_GOOD], *_NOT_TEXTS, continuation_value(key_pair(1), key_pair(2).public_key)),
    *(_GOOD | {"type": kind} for kind in ("picture", "Chat-Message", b"chat-message", *_NOT_TEXTS)),
    *(_GOOD | {name: value} for name in ("nickname", "text") for value in _NOT_TEXTS),
    *(_GOOD | {"timestamp": value} for value in _NOT_TIMES),
    *({name: value for name, value in _GOOD.items() if name != absent} for absent in _GOOD),
]
_GARBAGE = [b"", b"\xff", b"no cbor at all", _encode(_GOOD)[:-1], _encode(_GOOD) + b"\x00"]


@pytest.mark.parametrize("block", [*_GARBAGE, *map(_encode, _NO_MESSAGES)])
def test_a_block_that_is_no_message_is_skipped(log: _Log, tmp_path: Path, block: bytes) -> None:
    with Multifeed.open(tmp_path / "author.sqlite") as multi:
        author = written(multi, 1, [_encode(_GOOD), block, _encode(_GOOD)])
        log.receive([(author, 1, 2)])
        view = log.view()
        assert view.advance() == ()
        log.receive([(author, 0, 1), (author, 2, 3)])
    assert [position.seq for position, _ in _advance_to_the_end(view)] == [0, 2]
    assert [position.seq for position, _ in _all(view)] == [0, 2]

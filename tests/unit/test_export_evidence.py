"""What shows that an exported message is its author's, and what a checker of such files finds."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from multichat.limits import VERIFIED_FAILURES_MAX
from multichat.model.export import verification as verification_module
from multichat.model.export.evidence import Evidence
from multichat.model.export.jsonl import line_of
from multichat.model.export.verification import Verification
from multichat.model.message import Position
from multichat.model.record import Record
from multifeed import DamagedStoreError, Feed, Multifeed, NotHeldError
from tests.helpers.feeds import copy_range, key_pair

START_MS = 1_795_510_800_000


def _record(number: int, mark: str = "text") -> Record:
    return Record("anna", f"{mark} {number}", START_MS + number)


def _records(count: int, mark: str = "text") -> list[Record]:
    return [_record(number, mark) for number in range(count)]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[list[Multifeed]]:
    opened = [Multifeed.open(tmp_path / f"{number}.sqlite", value_encoding="cbor") for number in range(3)]
    yield opened
    for multi in opened:
        multi.close()


def _writer(multi: Multifeed, records: Sequence[Record], number: int = 1) -> Feed:
    feed = multi.writer(f"writer {number}", key_pair=key_pair(number))
    feed.extend(record.value() for record in records)
    return feed


def _line(multi: Multifeed, feed: Feed, seq: int, record: Record) -> bytes:
    return line_of(record, Evidence(multi).of(Position(record.timestamp_ms, feed.key, seq))).encode().rstrip(b"\n")


def _lines(multi: Multifeed, feed: Feed, records: Sequence[Record], start: int = 0) -> list[bytes]:
    return [_line(multi, feed, seq, record) for seq, record in enumerate(records) if seq >= start]


def _read(lines: Sequence[bytes]) -> Verification:
    """As a file is read: once, and once more if that may tell more."""
    verification = Verification()
    for line in lines:
        verification.read(line)
    if verification.has_several_heads:
        verification.begin_again()
        for number, line in enumerate(lines, 1):
            verification.read_again(number, line)
    return verification


# --- the evidence ---


def test_of_a_feed_that_is_held_in_pieces_each_message_has_its_own(stores: list[Multifeed]) -> None:
    ours, theirs, _ = stores
    records = _records(300)
    feed = _writer(theirs, records)
    copy = ours.candidate(feed.key)
    for start, end in ((0, 3), (70, 71), (130, 200), (299, 300)):
        copy_range(feed, copy, start, end)
    held = [seq for start, end in copy.held for seq in range(start, end)]
    verification = _read([_line(ours, copy, seq, records[seq]) for seq in reversed(held)])
    assert verification.holds
    assert verification.line_count == len(held) == 75


def test_what_was_written_after_the_first_message_was_exported_is_exported_too(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    feed = _writer(multi, _records(3))
    evidence = Evidence(multi)
    before = evidence.of(Position(START_MS, feed.key, 0))
    feed.append(_record(3).value())
    after = evidence.of(Position(START_MS + 3, feed.key, 3))
    assert (before.head.length, after.head.length) == (3, 4)
    lines = [line_of(_record(signed.seq), signed).encode().rstrip(b"\n") for signed in (before, after)]
    assert _read(lines).holds


def test_of_what_is_not_here_there_is_none(stores: list[Multifeed]) -> None:
    ours, theirs, _ = stores
    feed = _writer(theirs, _records(8))
    with pytest.raises(NotHeldError, match="not here"):
        Evidence(ours).of(Position(START_MS, feed.key, 0))
    copy_range(feed, ours.candidate(feed.key), 0, 1)
    with pytest.raises(NotHeldError):
        Evidence(ours).of(Position(START_MS, feed.key, 5))


def test_of_what_the_disk_has_changed_there_is_none(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    feed = _writer(multi, _records(4))
    changed = _record(2, "lies").value()
    block = multi._shelf.encoding.encode(changed)
    multi._shelf.store._connection.execute("UPDATE blocks SET data = ? WHERE seq = 2", (block,))
    with pytest.raises(DamagedStoreError, match="--doctor"):
        Evidence(multi).of(Position(START_MS, feed.key, 1))


# --- the check ---


def test_lines_hold_in_any_order_without_some_of_them_and_twice(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    records = _records(9)
    lines = _lines(multi, _writer(multi, records), records)
    verification = _read([lines[7], lines[2], lines[5], lines[2]])
    assert verification.holds
    ((feed, author),) = verification.authors.items()
    assert (feed, author.nickname, author.count) == (key_pair(1).public_key, "anna", 4)


def test_a_line_that_does_not_hold_is_named_with_the_reason(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    records = _records(5)
    lines = _lines(multi, _writer(multi, records), records)
    fields = json.loads(lines[1])

    def changed(**changes: object) -> bytes:
        return json.dumps({**fields, **changes}).encode()

    other = json.loads(_line(multi, _writer(multi, records, 2), 1, records[1]))
    verification = _read(
        [
            lines[0],
            changed(text="something else"),
            changed(nickname="bob"),
            changed(timestamp="2026-11-24T09:00:00.005Z"),
            changed(action=True),
            changed(seq=2),
            changed(seq=5),
            changed(feed=other["feed"]),
            changed(head=other["head"]),
            changed(proof=""),
            lines[2][:-1],
            lines[3],
        ]
    )
    assert [tuple(failure) for failure in verification.failures] == [
        (2, "its text is not what was signed"),
        (3, "its nickname is not what was signed"),
        (4, "its timestamp is not what was signed"),
        (5, "it has something that was not signed: action"),
        (6, "its block and its proof do not add up to its tree hash"),
        (7, "its seq is not a number from 0 to 4"),
        (8, "the signature of its head is not that of its feed"),
        (9, "the signature of its head is not that of its feed"),
        (10, "its proof does not have the 3 nodes that it needs"),
        (11, "it is not one JSON object, or only a part of one"),
    ]
    assert verification.line_count == 12


def test_a_message_that_a_javascript_peer_has_signed_holds(tmp_path: Path) -> None:
    block = b'{"type":"chat-message","nickname":"anna","text":"\\ud83d\\ude00 hi","timestamp":1795510800000}'
    with Multifeed.open(tmp_path / "binary.sqlite") as multi:
        feed = multi.writer("writer", key_pair=key_pair(1))
        feed.append(block)
        record = Record("anna", "\N{GRINNING FACE} hi", START_MS)
        verification = _read([_line(multi, feed, 0, record), _line(multi, feed, 0, _record(0))])
    assert [failure.number for failure in verification.failures] == [2]


def test_what_is_signed_and_no_message_is_named(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    feed = multi.writer("writer", key_pair=key_pair(1))
    feed.append({"type": "something", "text": "else"})
    verification = _read([_line(multi, feed, 0, _record(0))])
    assert [failure.reason for failure in verification.failures] == ["its block is signed, but holds no message"]


def test_of_very_many_that_do_not_hold_the_first_are_named_and_all_counted() -> None:
    verification = _read([b"{}"] * (VERIFIED_FAILURES_MAX + 30))
    assert verification.broken.count == VERIFIED_FAILURES_MAX + 30
    assert [failure.number for failure in verification.failures] == list(range(1, VERIFIED_FAILURES_MAX + 1))


@pytest.mark.parametrize("is_longer_first", [False, True])
@pytest.mark.parametrize(("common", "one", "other"), [(0, 1, 1), (5, 8, 8), (97, 100, 120), (64, 65, 128), (3, 4, 7)])
def test_two_histories_of_one_key_contradict_each_other(
    stores: list[Multifeed], common: int, one: int, other: int, *, is_longer_first: bool
) -> None:
    first, second, _ = stores
    shared = _records(common)
    records = [*shared, *(_record(number, "said") for number in range(common, one))]
    forked = [*shared, *(_record(number, "never said") for number in range(common, other))]
    # What both have in common is left out: it is in no doubt.
    pieces = [
        _lines(first, _writer(first, records), records, common),
        _lines(second, _writer(second, forked), forked, common),
    ]
    verification = _read([line for piece in (reversed(pieces) if is_longer_first else pieces) for line in piece])
    assert verification.broken.count == 0
    assert not verification.holds
    assert "two histories" in verification.failures[0].reason


def test_a_longer_history_and_what_it_continues_do_not_contradict_each_other(stores: list[Multifeed]) -> None:
    multi, *_ = stores
    records = _records(40)
    feed = multi.writer("writer", key_pair=key_pair(1))
    lines = []
    for end in (1, 7, 8, 23, 40):
        feed.extend(record.value() for record in records[feed.length : end])
        lines += _lines(multi, feed, records[:end])
    for order in (lines, lines[::-1]):
        verification = _read(order)
        assert verification.has_several_heads
        assert verification.holds


def test_no_more_is_remembered_than_is_bounded(stores: list[Multifeed], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_module, "VERIFIED_ROOTS_MAX", 3)
    monkeypatch.setattr(verification_module, "VERIFIED_AUTHORS_MAX", 2)
    multi, *_ = stores
    lines = [_line(multi, _writer(multi, _records(1), number), 0, _record(0)) for number in range(5)]
    verification = _read(lines)
    assert verification.holds
    assert len(verification.authors) == 2
    assert len(verification._heads) == 3
    assert not verification.is_all_remembered

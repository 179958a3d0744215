"""What is left on a desk, and the file it is kept in."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from multichat import desk as desk_module
from multichat.desk import DeskFile
from multichat.limits import (
    CHECKED_MAX,
    DESK_LENGTH_MAX_BYTES,
    DRAFT_LENGTH_MAX,
    HOLDER_FEEDS_MAX,
    HOLDER_RUNS_MAX,
    HOLDERS_MAX,
    LOOK_LENGTH_MAX,
    MUTED_MAX,
    NICKNAME_LENGTH_MAX,
    RECALL_LENGTH_MAX,
    RECALL_MAX,
    SEEN_MAX,
    TIME_MAX_MS,
    WARNED_MAX,
)
from multichat.model.deliveries import Word
from multichat.model.desk import Checked, Desk, Warned, format_desk, parse_desk
from multichat.model.message import Position
from multichat.model.people import Seen
from multichat.model.text import SafeText
from tests.helpers.fake_conversation import feed_of
from tests.helpers.swarms import until

_ALICE, _BOB = feed_of("alice"), feed_of("bob")
_FULL = Desk(
    draft='half a "thought"\n\ud800 \N{PARTY POPPER}',
    recall=("first", "second"),
    last_read=Position(1_795_510_800_000, _BOB, 7),
    notify="mentions",
    muted=(_BOB,),
    checked=(Checked(_BOB, SafeText("bob")), Checked(_ALICE, SafeText("\u2068\u05d0\u05dc\u05d9\u05e1\u2069"))),
    warned=(Warned(_ALICE, "alice"), Warned(_BOB, "bob", is_own=True)),
    people=(
        Seen(_BOB, 1_795_510_800_000),
        Seen(_ALICE, 1_795_510_900_000, is_seed=True, first_here_ms=1_795_510_700_000),
    ),
    deliveries=(Word(_BOB, _ALICE, ((0, 3), (5, 9))),),
)

_DAMAGES = [
    b"",
    b"\x00\xff",
    b"null",
    b"[]",
    b"{",
    b"[" * 100_000,
    b'{"draft": ' + b"9" * 5_000 + b"}",
]

_WRONG = {
    "draft": 3,
    "recall": "text",
    "last_read": {"timestamp_ms": -1, "feed": "zz", "seq": True},
    "notify": ["all"],
    "muted": ["ab", None, "0" * 63],
    "checked": [[], {"feed": _BOB.hex()}, {"feed": 5, "nickname": "bob"}, {"feed": _BOB.hex(), "nickname": None}],
    "warned": {"feed": _BOB.hex(), "look": "bob"},
    "people": [3, {"feed": _BOB.hex()}, {"feed": _BOB.hex(), "last_here_ms": 1.5}],
    "deliveries": [{"person": _BOB.hex(), "feed": 3, "runs": []}, "x"],
}


def test_what_is_written_down_is_read_again() -> None:
    assert parse_desk(format_desk(_FULL)) == _FULL
    assert parse_desk(format_desk(Desk())) == Desk()


@pytest.mark.parametrize("data", _DAMAGES, ids=range(len(_DAMAGES)))
def test_a_damaged_desk_is_an_empty_one(data: bytes) -> None:
    assert parse_desk(data) == Desk()


@pytest.mark.parametrize("name", _WRONG)
def test_what_is_wrong_on_a_desk_costs_nothing_else(name: str) -> None:
    fields = json.loads(format_desk(_FULL)) | {name: _WRONG[name], "from a later version": 1}
    expected = {field: getattr(_FULL if field != name else Desk(), field) for field in _WRONG}
    desk = parse_desk(json.dumps(fields).encode())
    assert {field: getattr(desk, field) for field in _WRONG} == expected


def test_runs_that_make_no_sense_are_left_out() -> None:
    runs = [[0, 3], [5, 5], [9, 7], [-1, 2], [1], ["a", "b"], [10, 12]]
    value = {"deliveries": [{"person": _BOB.hex(), "feed": _ALICE.hex(), "runs": runs}]}
    assert parse_desk(json.dumps(value).encode()).deliveries == (Word(_BOB, _ALICE, ((0, 3), (10, 12))),)


def test_a_desk_holds_so_much() -> None:
    desk = Desk().changed(
        draft="x" * (DRAFT_LENGTH_MAX + 1),
        recall=tuple(map(str, range(RECALL_MAX + 5))),
        muted=tuple(feed_of(str(number)) for number in range(MUTED_MAX + 1)),
    )
    assert len(desk.draft) == DRAFT_LENGTH_MAX
    assert desk.recall == tuple(map(str, range(5, RECALL_MAX + 5)))
    assert desk.muted[0] == feed_of("1")
    long = Desk().changed(recall=("old", "y" * 40_000, "z" * 20_000))
    assert [text[0] for text in long.recall] == ["o", "y", "z"]
    assert [text[0] for text in long.changed(recall=(*long.recall, "w" * 10_000)).recall] == ["z", "w"]
    people = [{"feed": feed_of(str(number)).hex(), "last_here_ms": number} for number in range(SEEN_MAX + 1)]
    assert len(parse_desk(json.dumps({"people": people}).encode()).people) == SEEN_MAX
    checked = [{"feed": feed_of(str(number)).hex(), "nickname": f"n{number}"} for number in range(CHECKED_MAX + 1)]
    assert [one.nickname for one in parse_desk(json.dumps({"checked": checked}).encode()).checked[:2]] == ["n1", "n2"]
    warned = [{"feed": _BOB.hex(), "look": f"{number}" * 100} for number in range(WARNED_MAX + 1)]
    assert len(parse_desk(json.dumps({"warned": warned}).encode()).warned) == WARNED_MAX


def test_the_fullest_desk_that_there_can_be_is_read_whole() -> None:
    wide = "\N{PARTY POPPER}"
    runs = tuple((2 * at, 2 * at + 1) for at in range(10**11, 10**11 + HOLDER_RUNS_MAX))
    desk = Desk(
        draft=wide * DRAFT_LENGTH_MAX,
        recall=(wide * RECALL_LENGTH_MAX,),
        muted=(_BOB,) * MUTED_MAX,
        checked=(Checked(_BOB, SafeText(wide * NICKNAME_LENGTH_MAX)),) * CHECKED_MAX,
        warned=(Warned(_BOB, wide * LOOK_LENGTH_MAX, is_own=True),) * WARNED_MAX,
        people=(Seen(_BOB, TIME_MAX_MS, is_seed=True, first_here_ms=TIME_MAX_MS),) * SEEN_MAX,
        deliveries=(Word(_BOB, _ALICE, runs),) * (HOLDERS_MAX * HOLDER_FEEDS_MAX),
    )
    assert len(format_desk(desk)) < DESK_LENGTH_MAX_BYTES


def test_whoever_writes_in_the_file_gives_nobody_a_name_that_cannot_be() -> None:
    value = {"checked": [{"feed": _BOB.hex(), "nickname": "bob\x1b[31m \u2713"}]}
    assert parse_desk(json.dumps(value).encode()).checked == (Checked(_BOB, SafeText("bob\ufffd[31m \ufffd")),)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "SAVE_INTERVAL_S", 0.01)


def _open(directory: Path, errors: list[str] | None = None) -> DeskFile:
    return DeskFile(directory, ([] if errors is None else errors).append)


def _files(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


@pytest.mark.usefixtures("_quick")
async def test_what_is_left_is_there_the_next_time(tmp_path: Path) -> None:
    file = _open(tmp_path)
    assert file.desk == Desk()
    file.change(draft="half a")
    file.change(draft="half a thought", notify="none")
    await until((tmp_path / "desk.json").exists)
    assert _open(tmp_path).desk == Desk(draft="half a thought", notify="none")
    file.change(last_read=Position(3, _BOB, 1))
    file.close()
    assert _open(tmp_path).desk == Desk("half a thought", (), Position(3, _BOB, 1), "none")
    assert _files(tmp_path) == ["desk.json"]
    assert stat.S_IMODE((tmp_path / "desk.json").stat().st_mode) == 0o600


async def test_it_is_not_written_for_every_change(tmp_path: Path) -> None:
    file = _open(tmp_path)
    for number in range(100):
        file.change(draft=str(number))
        await asyncio.sleep(0)
    assert not (tmp_path / "desk.json").exists()
    file.close()
    assert _open(tmp_path).desk.draft == "99"


async def test_nothing_left_is_nothing_written(tmp_path: Path) -> None:
    file = _open(tmp_path)
    file.change(draft="", notify=None)
    file.close()
    assert _files(tmp_path) == []


@pytest.mark.usefixtures("_quick")
async def test_a_disk_that_refuses_is_said_once_until_it_takes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "_RETRY_INTERVAL_S", 0.01)
    errors: list[str] = []
    place = tmp_path / "room"
    file = _open(place, errors)
    file.change(draft="kept")
    await until(lambda: len(errors) == 1)
    await asyncio.sleep(0.1)
    (error,) = errors
    assert "desk.json cannot be written: No such file or directory" in error
    assert file.desk.draft == "kept"
    place.mkdir()
    await until((place / "desk.json").exists)
    assert _open(place).desk.draft == "kept"
    (place / "desk.json").unlink()
    place.rmdir()
    file.change(draft="again")
    await until(lambda: len(errors) == 2)
    file.close()
    assert len(errors) == 2


async def test_a_full_disk_leaves_the_desk_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _open(tmp_path)
    file.change(draft="before")
    file.close()
    errors: list[str] = []
    file = _open(tmp_path, errors)
    file.change(draft="after")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", refuse)
    file.close()
    monkeypatch.undo()
    assert len(errors) == 1
    assert _open(tmp_path).desk.draft == "before"
    assert _files(tmp_path) == ["desk.json"]


async def test_a_file_that_cannot_be_read_is_an_empty_desk(tmp_path: Path) -> None:
    (tmp_path / "desk.json").mkdir()
    assert _open(tmp_path).desk == Desk()

"""The history of a JavaScript multifeed comes into a room, under its authors' keys, and nothing that does not hold."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from multichat import importing
from multichat.importing import import_multifeed
from multichat.limits import LEFT_OUT_SHOWN_MAX
from multichat.model.log import record_in
from multichat.profile import RoomOptions, open_store
from multichat.rooms import known_rooms
from multifeed import Feed, ForeignStoreError, KeyPair, Multifeed, StoreError
from multifeed.ranges import RangeSet
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, key_pair, numbered_blocks
from tests.helpers.stored_feeds import MULTIFEED, flip, said, write_feed

_Words = pytest.CaptureFixture[str]

ANNA, BERT, CARLA = ((MULTIFEED / name / "key").read_bytes() for name in "012")


class _House:
    """A profile with a room, and a multifeed to bring in."""

    def __init__(self, path: Path) -> None:
        self.options = RoomOptions(path / "data", "garden")
        self.directory = path / "multi"

    def bring_in(self, directory: Path | None = None) -> bool:
        return import_multifeed(self.options, "alice", directory or self.directory)

    def open(self) -> Multifeed:
        return open_store(self.options.directory("alice"), "alice")

    def texts(self) -> dict[bytes, list[str]]:
        with self.open() as multi:
            assert multi.audit() == []
            assert_all_verify(multi)
            return {feed.key: _texts_of(multi, feed) for feed in multi.feeds()}

    def heads(self) -> dict[bytes, tuple[int, bytes, list[tuple[int, int]]]]:
        with self.open() as multi:
            return heads_of(multi.feeds())


def _texts_of(multi: Multifeed, feed: Feed) -> list[str]:
    blocks = [block for run in feed.held for block in feed.blocks(*run)]
    return [record.text for block in blocks if (record := record_in(multi, block)) is not None]


@pytest.fixture
def house(tmp_path: Path) -> _House:
    return _House(tmp_path)


def _anna_says(start: int, end: int) -> list[bytes]:
    return [said("anna", number, f"anna {number}") for number in range(start, end)]


def test_all_that_a_real_multifeed_held_is_there(house: _House, capsys: _Words) -> None:
    assert house.bring_in(MULTIFEED)
    texts = house.texts()
    assert set(texts) == {ANNA, BERT, CARLA}
    assert texts[ANNA][:2] == ["anna says 0 \N{WAVING HAND SIGN}", "anna says 1 \N{WAVING HAND SIGN}"]
    assert texts[ANNA][-2:] == ["a time in milliseconds", "half of a pair: \N{REPLACEMENT CHARACTER}"]
    assert texts[BERT] == [f"bert {number}" for number in range(40)]
    assert texts[CARLA] == [f"carla {number}" for number in (*range(5), 33, *range(60, 70))]
    words = capsys.readouterr()
    assert words.err == ""
    assert words.out == (
        "78 messages taken from 3 feeds; 1 that are no chat messages are kept too;"
        " 54 known of are not there, and come from whoever has them\n"
    )


def test_nobody_writes_under_a_key_that_was_brought_in(house: _House) -> None:
    assert (MULTIFEED / "0" / "secret_key").exists()
    house.bring_in(MULTIFEED)
    with house.open() as multi:
        assert not any(feed.writable for feed in multi.feeds())


def test_a_second_time_adds_nothing(house: _House, capsys: _Words) -> None:
    house.bring_in(MULTIFEED)
    earlier = house.heads()
    with house.open() as multi:
        last_arrival = multi.last_arrival
    capsys.readouterr()
    assert house.bring_in(MULTIFEED)
    assert capsys.readouterr().out.startswith("0 messages taken from 3 feeds")
    assert house.heads() == earlier
    with house.open() as multi:
        assert multi.last_arrival == last_arrival


def test_the_room_is_one_that_is_known_from_then_on(house: _House) -> None:
    house.bring_in(MULTIFEED)
    (room,) = known_rooms(house.options.rooms_directory("alice"))
    assert (room.name, room.problem) == ("garden", "")


def test_where_there_is_no_multifeed_no_room_is_made(house: _House, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ForeignStoreError):
        house.bring_in(tmp_path)
    with pytest.raises(StoreError):
        house.bring_in(tmp_path / "missing")
    assert not house.options.data_dir.exists()


# --- what is here of a feed already ---


@pytest.mark.parametrize("held", [1, 64, 700, 1_024, 1_500, 2_999])
def test_a_feed_that_has_grown_since_is_gone_on_with(house: _House, tmp_path: Path, held: int) -> None:
    pair, blocks = key_pair(1), _anna_says(0, 3_000)
    write_feed(tmp_path / "earlier" / "0", pair, blocks[:held], signed=[held])
    write_feed(house.directory / "0", pair, blocks, signed=[3_000])
    assert house.bring_in(tmp_path / "earlier")
    assert house.bring_in()
    assert house.texts()[pair.public_key] == [f"anna {number}" for number in range(3_000)]


def test_a_feed_that_is_longer_here_gets_what_it_lacks(house: _House, tmp_path: Path) -> None:
    pair, blocks = key_pair(1), _anna_says(0, 100)
    write_feed(tmp_path / "later" / "0", pair, blocks, held=RangeSet([(0, 20), (90, 100)]))
    write_feed(house.directory / "0", pair, blocks[:64])
    assert house.bring_in(tmp_path / "later")
    assert house.bring_in()
    (length, _, held) = house.heads()[pair.public_key]
    assert (length, held) == (100, [(0, 64), (90, 100)])


def test_what_holes_there_were_another_directory_fills(house: _House, tmp_path: Path) -> None:
    pair, blocks = key_pair(1), _anna_says(0, 50)
    write_feed(tmp_path / "one" / "0", pair, blocks, held=RangeSet([(0, 10), (30, 40)]))
    write_feed(house.directory / "0", pair, blocks, held=RangeSet([(5, 35), (45, 50)]))
    assert house.bring_in(tmp_path / "one")
    assert house.bring_in()
    assert house.heads()[pair.public_key][2] == [(0, 40), (45, 50)]


@pytest.mark.parametrize(("ours", "theirs"), [(20, 50), (50, 50), (50, 20), (2_000, 3_000)])
def test_two_histories_of_one_key_are_not_mixed(
    house: _House, tmp_path: Path, capsys: _Words, ours: int, theirs: int
) -> None:
    pair, common = key_pair(1), _anna_says(0, 10)
    first = common + [said("anna", number, "one") for number in range(10, ours)]
    second = common + [said("anna", number, "other") for number in range(10, theirs)]
    write_feed(tmp_path / "one" / "0", pair, first, signed=[ours])
    write_feed(house.directory / "0", pair, second, signed=[theirs])
    assert house.bring_in(tmp_path / "one")
    assert not house.bring_in()
    assert "another history" in capsys.readouterr().err
    assert "other" not in house.texts()[pair.public_key]
    with house.open() as multi:
        feed = multi.feed(pair.public_key)
        assert feed is not None
        assert feed.conflict is not None


def test_a_feed_that_is_blocked_is_left_out_and_said(house: _House, capsys: _Words) -> None:
    with house.open() as multi:
        multi.block(BERT)
    assert not house.bring_in(MULTIFEED)
    assert "blocked" in capsys.readouterr().err
    assert set(house.texts()) == {ANNA, CARLA}


# --- what does not hold ---


def test_what_is_damaged_is_said_and_the_rest_is_there(house: _House, capsys: _Words) -> None:
    multifeed = copytree(MULTIFEED, house.directory)
    flip(multifeed / "0" / "data", 1_000)
    (multifeed / "1" / "tree").unlink()
    assert not house.bring_in()
    words = capsys.readouterr()
    first, second = words.err.splitlines()
    assert first.startswith(f"multichat: left out: feed 0 ({ANNA.hex()[:8]}), block ")
    assert second == "multichat: left out: feed 1: has no tree"
    texts = house.texts()
    assert (len(texts[ANNA]), len(texts[CARLA])) == (21, 16)
    assert BERT not in texts


def test_of_much_that_is_damaged_the_first_is_said(house: _House, capsys: _Words) -> None:
    for number in range(LEFT_OUT_SHOWN_MAX + 5):
        (house.directory / str(number)).mkdir(parents=True)
    assert not house.bring_in()
    lines = capsys.readouterr().err.splitlines()
    assert (len(lines), lines[-1]) == (LEFT_OUT_SHOWN_MAX + 1, "multichat: left out: 5 more")


def test_a_directory_with_a_hostile_name_steers_no_terminal(tmp_path: Path, house: _House, capsys: _Words) -> None:
    feed = tmp_path / "\x1b]0;x\x07\n"
    write_feed(feed, key_pair(1), numbered_blocks(3))
    flip(feed / "data", 0)
    assert not house.bring_in(feed)
    assert "\x1b" not in capsys.readouterr().err


# --- how it is told ---


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _told(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, bring_in: Callable[[], object]) -> str:
    monkeypatch.setattr(importing, "_ON_A_TERMINAL_S", 0.0)
    monkeypatch.setattr(importing, "_ELSEWHERE_S", 0.0)
    monkeypatch.setattr(sys, "stderr", stderr)
    bring_in()
    return stderr.getvalue()


def test_on_a_terminal_one_line_tells_how_far_it_is_and_goes(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, _Terminal(), lambda: house.bring_in(MULTIFEED))
    assert "\n" not in told
    lines = [line.strip() for line in told.split("\r")]
    assert "multichat: feed 1 of 3, 22 messages so far" in lines
    assert "multichat: feed 3 of 3, 78 messages so far" in lines
    assert lines[-2:] == ["", ""]


def test_elsewhere_a_line_now_and_then_tells_it(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, io.StringIO(), lambda: house.bring_in(MULTIFEED))
    assert told.splitlines()[0] == "multichat: feed 1 of 3, 22 messages so far"
    assert "\r" not in told


def test_interrupted_it_keeps_what_it_has_and_goes_on_the_next_time(
    house: _House, monkeypatch: pytest.MonkeyPatch, capsys: _Words
) -> None:
    write_feed(house.directory / "0", key_pair(1), _anna_says(0, 3_000), signed=[3_000])

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(importing._Progress, "tell", interrupt)
        assert not house.bring_in()
    assert "interrupted" in capsys.readouterr().err
    assert len(house.texts()[key_pair(1).public_key]) == 1_024
    assert house.bring_in()
    assert len(house.texts()[key_pair(1).public_key]) == 3_000


def test_what_was_brought_in_is_passed_on_like_everything_else(house: _House, tmp_path: Path) -> None:
    house.bring_in(MULTIFEED)
    with house.open() as multi, Multifeed.open(tmp_path / "bob.sqlite", value_encoding="cbor") as bob:
        for feed in multi.feeds():
            for run in feed.held:
                copy_range(feed, bob.candidate(feed.key), *run)
        assert heads_of(bob.feeds()) == heads_of(multi.feeds())


def test_the_key_that_wrote_here_may_be_in_the_directory(house: _House) -> None:
    pair = KeyPair.generate()
    with house.open() as multi:
        multi.writer("local", key_pair=pair)
    write_feed(house.directory / "0", pair, _anna_says(0, 10))
    assert house.bring_in()
    assert len(house.texts()[pair.public_key]) == 10

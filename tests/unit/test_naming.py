"""What one is told of names: that somebody takes another's or one's own, is called otherwise, has lost a check mark."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multichat.continuations import Continuations
from multichat.errors import UsageError
from multichat.model.conversation import Event, Notice
from multichat.model.desk import Desk, format_desk, parse_desk
from multichat.model.message import Message, message_of
from multichat.model.record import Record, continuation_value
from multichat.model.text import SafeText
from multichat.naming import Naming
from multichat.own_feed import OwnFeed
from multifeed import Multifeed
from tests.helpers.fake_conversation import feed_of
from tests.helpers.feeds import key_pair

_ALICE, _OTHER, _BOB, _EVE = map(feed_of, ("alice", "the other alice", "bob", "eve"))


class _Loop:
    """Timers that pass when a test says so."""

    def __init__(self) -> None:
        self._timers: list[Callable[[], None]] = []

    def call_later(self, _delay_s: float, callback: Callable[[], None]) -> "_Loop":
        self._timers.append(callback)
        return self

    def cancel(self) -> None:
        self._timers.clear()

    def let_pass(self) -> None:
        """All pauses that are waited for now, and those after them, are over."""
        while self._timers:
            self._timers.pop(0)()


class _Room:
    """A room in which we are me, and what is told in it."""

    def __init__(self, path: Path, loop: _Loop) -> None:
        self._path = path
        self._loop = loop
        self._seq = 0
        self._open("me", Desk())

    def _open(self, nickname: str, desk: Desk) -> None:
        self.multi = Multifeed.open(self._path, value_encoding="cbor")
        self.own = OwnFeed(self.multi)
        self.told: list[str] = []
        self.kept: list[Desk] = []
        continuations = Continuations(self.multi)
        self.naming = Naming(
            self.own,
            SafeText(nickname),
            desk,
            continuations,
            tell=self._hear,
            keep=lambda: self.kept.append(self.desk()),
            since_ms=lambda: 1_000,
        )

    def begin_again(self, nickname: str = "me") -> None:
        """The next run, with the desk of this one."""
        desk = self.desk()
        self.multi.close()
        self._open(nickname, desk)

    def hear(self, *messages: tuple[bytes, str], timestamp_ms: int = 2_000) -> None:
        """Let these arrive, each as the next of its feed."""
        self.naming.arrived([self.message(feed, name, timestamp_ms) for feed, name in messages])
        self.naming.tell()
        self._loop.let_pass()

    def message(self, feed: bytes, name: str, timestamp_ms: int = 2_000) -> Message:
        self._seq += 1
        return message_of(feed, self._seq, Record(name, "hello", timestamp_ms))

    def label(self, feed: bytes, name: str) -> str:
        return self.naming.calling(feed, SafeText(name)).label

    def desk(self) -> Desk:
        """As the next run finds it."""
        return parse_desk(format_desk(self.naming.put_on(Desk())))

    def _hear(self, event: Event) -> None:
        assert isinstance(event, Notice)
        self.told.append(event.text)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> _Loop:
    loop = _Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


@pytest.fixture
def room(tmp_path: Path, loop: _Loop) -> Iterator[_Room]:
    room = _Room(tmp_path / "a.sqlite", loop)
    yield room
    room.multi.close()


def _with_key(feed: bytes) -> str:
    return f"alice\u00b7{feed.hex()[:4]}"


# --- one name, two people ---


def test_the_second_of_a_name_is_told_of_once(room: _Room) -> None:
    room.hear((_ALICE, "alice"))
    assert room.told == []
    room.hear((_OTHER, "alice"))
    room.hear((_OTHER, "alice"), (_ALICE, "alice"))
    assert room.told == [
        f"{_with_key(_OTHER)} is not {_with_key(_ALICE)}, though they look alike: /whois alice shows their keys"
    ]


def test_a_name_that_only_looks_the_same_is_told_of_too(room: _Room) -> None:
    room.hear((_ALICE, "alice"), (_OTHER, "al\u0456ce"))
    assert len(room.told) == 1
    assert "al\u0456ce\u00b7" in room.told[0]


def test_the_third_is_told_of_too(room: _Room) -> None:
    room.hear((_ALICE, "alice"), (_OTHER, "alice"))
    room.hear((_EVE, "Alice"))
    assert len(room.told) == 2
    assert room.told[1].startswith(f"Alice\u00b7{_EVE.hex()[:4]} is not alice")


def test_what_was_told_is_not_told_again_by_the_next_run(room: _Room) -> None:
    room.hear((_ALICE, "alice"), (_OTHER, "alice"))
    assert room.kept == [room.desk()]
    room.begin_again()
    room.hear((_OTHER, "alice"))
    room.hear((_ALICE, "alice"))
    assert room.told == []
    room.hear((_EVE, "alice"))
    assert len(room.told) == 1


def test_under_another_name_the_same_two_are_told_of_again(room: _Room) -> None:
    room.hear((_ALICE, "guest"), (_OTHER, "guest"))
    room.hear((_ALICE, "alice"))
    room.hear((_OTHER, "alice"))
    assert room.told[-1].startswith("alice\u00b7")
    assert "(guest until now) is not alice\u00b7" in room.told[-1]


def test_whoever_takes_ones_own_name_is_not_taken_for_oneself(room: _Room) -> None:
    room.hear((_BOB, "Me"))
    assert room.told == [f"Me\u00b7{_BOB.hex()[:4]} is not you, though that is your name: /whois Me shows their keys"]
    room.begin_again()
    room.hear((_BOB, "Me"))
    assert room.told == []


def test_whoever_takes_the_name_of_others_oneself_is_told_so(room: _Room, loop: _Loop) -> None:
    room.hear((_BOB, "bob"))
    room.naming.renamed(SafeText("Bob"))
    room.naming.tell()
    loop.let_pass()
    assert len(room.told) == 1
    assert room.told[0].startswith(f"bob\u00b7{_BOB.hex()[:4]} is not you")
    room.begin_again("alice")
    room.naming.looked_up(_ALICE, 5, "alice")
    room.naming.tell()
    assert len(room.told) == 1
    assert room.told[0].startswith(f"alice\u00b7{_ALICE.hex()[:4]} is not you")


def test_what_was_here_before_and_old_pages_are_told_apart_and_not_told_of(room: _Room, loop: _Loop) -> None:
    room.naming.looked_up(_ALICE, 5, "alice")
    room.naming.looked_up(_OTHER, 5, "alice")
    assert room.label(_EVE, "alice") == f"alice\u00b7{_EVE.hex()[:4]}"
    assert room.label(_ALICE, "alice") == f"alice\u00b7{_ALICE.hex()[:4]}"
    room.naming.tell()
    loop.let_pass()
    assert room.told == []


# --- other names ---


def test_a_new_name_is_told(room: _Room) -> None:
    room.hear((_BOB, "bob"))
    room.hear((_BOB, "bob"))
    assert room.told == []
    room.hear((_BOB, "rob"))
    assert room.told == ["bob is called rob now"]
    assert room.naming.names_of(_BOB) == ("bob", "rob")


def test_an_older_message_with_another_name_is_none(room: _Room) -> None:
    older = room.message(_BOB, "bobby")
    room.hear((_BOB, "bob"))
    room.naming.arrived([older])
    room.hear((_BOB, "bob"))
    assert room.told == []
    assert room.naming.names_of(_BOB) == ("bobby", "bob")


def test_names_that_were_changed_before_one_came_are_history(room: _Room) -> None:
    room.hear((_BOB, "bob"), (_BOB, "rob"), timestamp_ms=999)
    assert room.told == []
    assert room.naming.name_of(_BOB) == "rob"


def test_who_is_called_as_before_a_moment_later_was_not_renamed(room: _Room) -> None:
    room.hear((_BOB, "bob"))
    room.hear((_BOB, "rob"), (_BOB, "bob"))
    assert room.told == []


def test_ones_own_new_name_is_no_news(room: _Room) -> None:
    own = room.own.feed.key
    room.hear((own, "me"))
    room.naming.renamed(SafeText("myself"))
    room.hear((own, "myself"))
    assert room.told == []
    assert room.naming.names_of(own) == ("me", "myself")


def test_a_flood_of_names_is_told_in_a_few_words_the_most_important_first(room: _Room, loop: _Loop) -> None:
    room.hear((_BOB, "bob"), *((feed_of(str(number)), f"n{number}") for number in range(1_200)))
    room.naming.arrived([room.message(_BOB, "rob")])
    room.naming.tell()
    for number in range(1_200):
        feed = feed_of(str(number))
        room.naming.arrived([room.message(feed, f"other {number}"), room.message(feed, f"another {number}")])
        if number == 700:
            room.naming.arrived([room.message(_EVE, "me")])
        room.naming.tell()
    assert room.told == ["bob is called rob now"]
    loop.let_pass()
    assert len(room.told) == 2
    assert room.told[1].startswith(f"me\u00b7{_EVE.hex()[:4]} is not you")
    assert "more have changed or taken a name; /who shows them" in room.told[1]
    room.hear((_BOB, "robert"))
    assert room.told[2:] == ["rob is called robert now"]


# --- checked keys ---


def test_a_checked_key_is_marked_until_that_is_taken_back(room: _Room) -> None:
    room.hear((_BOB, "bob"))
    assert room.naming.check(_BOB)
    room.naming.close()
    assert room.kept == [room.desk()]
    assert room.naming.calling(_BOB, SafeText("bob")).is_checked
    assert not room.naming.calling(_EVE, SafeText("bob")).is_checked
    assert not room.naming.calling(_BOB, SafeText("rob")).is_checked
    room.begin_again()
    room.naming.looked_up(_BOB, 1, "bob")
    assert room.naming.checked_as(_BOB) == "bob"
    assert not room.naming.check(_BOB)
    assert room.naming.checked_as(_BOB) is None


def test_the_mark_is_lost_with_the_name_and_does_not_come_back_with_it(room: _Room) -> None:
    room.hear((_BOB, "bob"))
    room.naming.check(_BOB)
    room.hear((_BOB, "rob"))
    assert room.told == [
        "bob, whose key you have checked, is called rob now: the check mark was for the other name, and is gone"
    ]
    room.hear((_BOB, "bob"))
    assert not room.naming.calling(_BOB, SafeText("bob")).is_checked
    assert room.told[1:] == ["rob is called bob now"]
    assert room.desk().checked == ()


def test_a_name_that_looks_the_same_keeps_the_mark(room: _Room) -> None:
    room.hear((_BOB, "bob"))
    room.naming.check(_BOB)
    room.hear((_BOB, "Bob"))
    assert room.naming.calling(_BOB, SafeText("Bob")).is_checked
    assert room.told == ["bob is called Bob now"]


def test_a_mark_whose_owner_has_another_name_by_the_next_run_is_lost(room: _Room) -> None:
    room.hear((_BOB, "\u05d1\u05d5\u05d1"))
    assert room.naming.check(_BOB)
    room.begin_again()
    room.naming.looked_up(_BOB, 9, "rob")
    room.naming.tell()
    assert len(room.told) == 1
    assert "is called rob now: the check mark" in room.told[0]
    assert room.desk().checked == ()


def test_a_name_that_runs_from_right_to_left_is_kept_with_its_mark(room: _Room) -> None:
    room.hear((_BOB, "\u05d1\u05d5\u05d1"))
    room.naming.check(_BOB)
    room.begin_again()
    room.naming.looked_up(_BOB, 1, "\u05d1\u05d5\u05d1")
    name = room.naming.name_of(_BOB)
    assert name is not None
    assert room.naming.calling(_BOB, name).is_checked
    assert room.naming.checked_as(_BOB) == name


def test_whoever_has_said_nothing_has_no_name_to_be_checked_under(room: _Room) -> None:
    with pytest.raises(UsageError, match="has no name yet"):
        room.naming.check(_BOB)


# --- one person, two feeds ---


def test_a_feed_that_goes_on_in_another_is_not_two_people(room: _Room) -> None:
    first, second = key_pair(1), key_pair(2)
    feed = room.multi.writer("second", key_pair=second)
    feed.append(continuation_value(first, second.public_key))
    room.hear((first.public_key, "bob"), (second.public_key, "bob"))
    assert room.told == []
    assert room.label(second.public_key, "bob") == "bob"


def test_that_it_does_may_turn_out_later(room: _Room, loop: _Loop) -> None:
    first, second = key_pair(1), key_pair(2)
    room.naming.arrived([room.message(first.public_key, "bob"), room.message(second.public_key, "bob")])
    assert room.label(second.public_key, "bob") != "bob"
    feed = room.multi.writer("second", key_pair=second)
    feed.append(continuation_value(first, second.public_key))
    assert room.naming.began(second.public_key)
    assert not room.naming.began(first.public_key)
    assert room.label(second.public_key, "bob") == "bob"
    room.naming.tell()
    loop.let_pass()
    assert room.told == []

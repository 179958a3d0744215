"""What a room does by its clock: what waits is shown when it is due, and a clock that is wrong is told of."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest

from multichat import timekeeper
from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model import clocks
from multichat.model.conversation import Arrived, Event, HeldAside, Notice, SetBack
from multichat.model.message import Message
from multichat.model.text import SafeText
from multichat.profile import RoomOptions
from multichat.room import Room
from multichat.timekeeper import Timekeeper, TimekeeperCallbacks
from multifeed import StoreError
from multifeed.net.options import SwarmOptions
from tests.helpers.machine import HOUR_MS, NOW_MS, Machine
from tests.helpers.program import new_room
from tests.helpers.swarms import until

HOUR_S = 3_600


class _Kept:
    """A timekeeper, and all that it has told; `ahead_s` is what others' clocks show."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.machine = Machine(directory, stack)
        self.unheard: set[bytes] = set()
        self.ahead_s: dict[bytes, int] = {}
        self.told: list[Event] = []
        self.errors: list[StoreError] = []
        callbacks = TimekeeperCallbacks(
            clocks_ahead_s=lambda: self.ahead_s,
            name_of=lambda feed: feed.decode(),
            unheard=lambda: self.unheard,
            arrived=self._arrived,
            tell=self.told.append,
            notice=lambda text: self.told.append(Notice(SafeText(text))),
            store_error=self.errors.append,
        )
        self.keeper = stack.enter_context(closing(Timekeeper(self.machine.view, callbacks)))

    def _arrived(self, messages: tuple[Message, ...]) -> None:
        if messages:
            self.told.append(Arrived(messages))

    def look(self) -> list[Event]:
        """Look at the clock; what was told of it."""
        self.told.clear()
        self.keeper.look()
        return [*self.told]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Notice)]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[_Kept]:
    with ExitStack() as stack:
        yield _Kept(tmp_path, stack)


@pytest.fixture
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once, and believe what is so at once."""
    monkeypatch.setattr(timekeeper, "_INTERVAL_S", 0.0)
    monkeypatch.setattr(timekeeper, "_DELAY_MIN_S", 0.0)
    monkeypatch.setattr(clocks, "_SETTLED_S", 0.0)
    monkeypatch.setattr(clocks, "CLOCK_WORDS_PAUSE_MIN_S", 0.0)


def _timestamps(event: Event) -> list[int]:
    assert isinstance(event, Arrived)
    return [message.timestamp_ms for message in event.messages]


def test_how_many_are_held_aside_is_told_when_it_changes(kept: _Kept) -> None:
    assert kept.look() == []
    kept.machine.hear(1, NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS)
    assert kept.look() == [HeldAside(2)]
    assert kept.look() == []
    kept.machine.now_ms += HOUR_MS
    arrived, fewer = kept.look()
    assert _timestamps(arrived) == [NOW_MS + HOUR_MS]
    assert fewer == HeldAside(1)


def test_nobody_counts_a_flood_to_its_end(kept: _Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper, "ASIDE_COUNTED_MAX", 3)
    kept.machine.hear(1, *(NOW_MS + HOUR_MS + number for number in range(20)))
    assert kept.look() == [HeldAside(4)]


def test_whom_one_does_not_hear_is_not_counted(kept: _Kept) -> None:
    kept.machine.hear(1, NOW_MS + HOUR_MS)
    kept.machine.hear(2, NOW_MS + HOUR_MS)
    kept.unheard.add(kept.machine.view.aside(None, 1)[0].feed)
    assert kept.look() == [HeldAside(1)]


def test_a_clock_that_was_set_back_is_told_before_what_is_held_aside_for_it(kept: _Kept) -> None:
    kept.machine.hear(1, NOW_MS)
    kept.machine.now_ms -= HOUR_MS
    assert kept.look() == [SetBack(), HeldAside(1)]
    kept.machine.now_ms += HOUR_MS
    arrived, none_left = kept.look()
    assert _timestamps(arrived) == [NOW_MS]
    assert none_left == HeldAside(0)


@pytest.mark.usefixtures("_quickly")
async def test_what_comes_due_is_shown_by_itself(kept: _Kept) -> None:
    kept.machine.hear(1, NOW_MS + HOUR_MS)
    kept.keeper.look_and_go_on()
    assert kept.told == [HeldAside(1)]
    kept.machine.now_ms = NOW_MS + HOUR_MS - CLOCK_AHEAD_MAX_MS
    await until(lambda: HeldAside(0) in kept.told)
    assert _timestamps(kept.told[1]) == [NOW_MS + HOUR_MS]


@pytest.mark.usefixtures("_quickly")
async def test_a_disk_that_refuses_is_told_and_tried_again(kept: _Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> bool:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(kept.machine.view, "withdraw", refuse)
        kept.keeper.look_and_go_on()
        await until(lambda: len(kept.errors) > 1)
    kept.machine.hear(1, NOW_MS + HOUR_MS)
    await until(lambda: HeldAside(1) in kept.told)


@pytest.mark.usefixtures("_quickly")
async def test_a_clock_that_differs_from_most_others_is_told_of_once_and_when_it_is_right_again(kept: _Kept) -> None:
    kept.ahead_s = {b"bob": HOUR_S, b"carol": 2 * HOUR_S, b"dave": 0}
    kept.keeper.look_and_go_on()
    await until(lambda: len(kept.notices) == 1)
    kept.ahead_s = {b"bob": 0, b"carol": HOUR_S, b"dave": -HOUR_S}
    await until(lambda: len(kept.notices) == 2)
    assert kept.notices == [
        "this machine's clock is 1 hour behind most others'; set it",
        "this machine's clock agrees with most others' now",
    ]


@pytest.mark.usefixtures("_quickly")
async def test_the_clock_of_somebody_whom_one_does_not_hear_is_not_asked(kept: _Kept) -> None:
    kept.ahead_s = {b"mallory": HOUR_S}
    kept.unheard.add(b"mallory")
    kept.keeper.look_and_go_on()
    kept.machine.hear(1, NOW_MS + HOUR_MS)
    await until(lambda: HeldAside(1) in kept.told)
    assert kept.notices == []


@pytest.mark.usefixtures("_quickly")
async def test_of_two_clocks_either_may_be_the_wrong_one(kept: _Kept) -> None:
    kept.ahead_s = {b"bob": -90}
    kept.keeper.look_and_go_on()
    await until(lambda: len(kept.notices) == 1)
    kept.ahead_s = {b"bob": 1}
    await until(lambda: len(kept.notices) == 2)
    assert kept.notices == [
        "this machine's clock is 1 minute 30 seconds ahead of bob's; one of the two is wrong: set that one",
        "this machine's clock agrees with bob's now",
    ]


@pytest.mark.usefixtures("_quickly")
async def test_closed_it_looks_no_more(kept: _Kept) -> None:
    kept.keeper.look_and_go_on()
    kept.keeper.close()
    kept.keeper.look_and_go_on()
    kept.machine.hear(1, NOW_MS + HOUR_MS)
    for _ in range(10):
        await asyncio.sleep(0)
    assert kept.told == []


# --- a whole room ---


class _Clock:
    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """That of every room from now on."""
    clock = _Clock()
    monkeypatch.setattr("multichat.room._clock_ms", clock)
    return clock


@asynccontextmanager
async def _room(directory: Path, name: str) -> AsyncIterator[Room]:
    swarm = SwarmOptions(port=0, interfaces=("lo",), discovery=False)
    room = Room(RoomOptions(directory, name, swarm=swarm), "alice")
    await room.start()
    try:
        yield room
    finally:
        await room.close()


async def test_what_is_written_after_a_clock_was_set_right_stands_below_all_that_is_shown(
    tmp_path: Path, clock: _Clock
) -> None:
    async with _room(tmp_path, new_room()) as room:
        first = room.send("by a right clock")
        clock.now_ms += HOUR_MS
        early = room.send("by one that is ahead")
        await until(lambda: len(room.history.after(None, 9)) == 2)
        clock.now_ms = NOW_MS
        answer = room.send("by a right one again")
        await until(lambda: room.history.before(None, 1) == (answer,))
        assert list(room.history.after(None, 9)) == [first, answer]
        assert list(room.history.aside(None, 9)) == [early]


async def test_what_is_written_before_anything_is_indexed_is_in_the_order_in_which_it_was(
    tmp_path: Path, clock: _Clock
) -> None:
    name = new_room()
    async with _room(tmp_path, name) as room:
        said = [room.send(f"message {number}") for number in range(20)]
        assert [message.timestamp_ms for message in said] == [NOW_MS + number for number in range(20)]
    # Again in the same millisecond: a restart forgets what was given, and finds what was written.
    async with _room(tmp_path, name) as room:
        assert room.send("once more").timestamp_ms == NOW_MS + 20
    clock.now_ms -= HOUR_MS
    async with _room(tmp_path, name) as room:
        assert room.send("by a clock that was set back").timestamp_ms == clock.now_ms


async def test_what_has_come_due_is_shown_before_what_is_written_below_it(tmp_path: Path, clock: _Clock) -> None:
    name = new_room()
    clock.now_ms += HOUR_MS
    async with _room(tmp_path, name) as room:
        early = room.send("early")
    clock.now_ms = NOW_MS
    async with _room(tmp_path, name) as room:
        assert list(room.history.aside(None, 9)) == [early]
        clock.now_ms = early.timestamp_ms - CLOCK_AHEAD_MAX_MS
        events: list[Event] = []
        room.listen(events.append)
        answer = room.send("an answer")
        assert _timestamps(events[0]) == [early.timestamp_ms]
        assert answer.position > early.position

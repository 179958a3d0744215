"""The timeline and clocks that are wrong: others', and this machine's own, set back and forward while it runs."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from multichat.limits import CLOCK_AHEAD_MAX_MS
from tests.helpers.machine import EVERYTHING, HOUR_MS, NOW_MS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(tmp_path, stack)


def test_what_is_held_aside_can_be_read_and_counted(machine: Machine) -> None:
    assert machine.hear(1, NOW_MS + 2 * HOUR_MS, NOW_MS + HOUR_MS) == []
    machine.hear(2, NOW_MS + 3 * HOUR_MS, NOW_MS)
    assert machine.aside == [NOW_MS + hours * HOUR_MS for hours in (1, 2, 3)]
    assert machine.view.count_aside((), EVERYTHING) == 3
    assert machine.view.count_aside((), 2) == 2
    (latest,) = machine.view.aside(machine.view.aside(None, 2)[-1].position, EVERYTHING)
    assert latest.timestamp_ms == NOW_MS + 3 * HOUR_MS
    assert machine.view.count_aside({latest.feed}, EVERYTHING) == 2


def test_a_clock_that_is_set_right_takes_its_own_hour_with_it_and_gives_it_back_when_it_is_due(
    machine: Machine,
) -> None:
    machine.now_ms += HOUR_MS
    machine.view.release()
    early_ms = [machine.say(), machine.say()]
    machine.hear(1, NOW_MS)
    machine.now_ms = NOW_MS + 1
    assert machine.view.withdraw()
    assert (machine.shown, machine.aside) == ([NOW_MS], early_ms)
    late_ms = machine.say()
    assert machine.shown == [NOW_MS, late_ms]
    assert late_ms < NOW_MS + CLOCK_AHEAD_MAX_MS
    machine.now_ms = NOW_MS + HOUR_MS
    assert not machine.view.withdraw()
    assert [message.timestamp_ms for message in machine.view.release()] == early_ms
    assert machine.shown == [NOW_MS, late_ms, *early_ms]


def test_a_clock_that_is_set_back_shows_what_a_restart_would(machine: Machine) -> None:
    machine.now_ms += HOUR_MS
    machine.view.release()
    machine.hear(1, NOW_MS, NOW_MS + HOUR_MS)
    machine.say()
    machine.now_ms = NOW_MS
    machine.view.withdraw()
    before = (machine.shown, machine.aside)
    machine.restart()
    assert (machine.shown, machine.aside) == before


def test_after_a_clock_was_set_back_one_that_is_ahead_is_held_aside_again(machine: Machine) -> None:
    machine.now_ms += 1_000 * HOUR_MS
    machine.view.release()
    machine.now_ms = NOW_MS
    machine.view.withdraw()
    assert machine.hear(1, NOW_MS + HOUR_MS) == []
    assert machine.aside == [NOW_MS + HOUR_MS]


def test_setting_a_clock_back_where_nothing_is_ahead_of_it_takes_nothing_away(machine: Machine) -> None:
    machine.hear(1, NOW_MS - HOUR_MS, NOW_MS)
    machine.now_ms -= 1_000
    assert not machine.view.withdraw()
    assert machine.shown == [NOW_MS - HOUR_MS, NOW_MS]


def test_a_machine_that_has_slept_gives_what_has_come_due_meanwhile_in_order(machine: Machine) -> None:
    machine.hear(1, NOW_MS + 2 * HOUR_MS, NOW_MS + HOUR_MS, NOW_MS + 9 * HOUR_MS)
    machine.now_ms += 8 * HOUR_MS
    assert machine.hear(2, NOW_MS + HOUR_MS + 1) == []
    released = [message.timestamp_ms for message in machine.view.release()]
    assert released == [NOW_MS + HOUR_MS, NOW_MS + HOUR_MS + 1, NOW_MS + 2 * HOUR_MS]
    assert machine.aside == [NOW_MS + 9 * HOUR_MS]


def test_much_that_is_due_at_once_is_given_bit_by_bit_and_all_of_it_once(machine: Machine) -> None:
    count = 1_000
    machine.hear(1, *[NOW_MS + HOUR_MS] * count)
    machine.hear(2, NOW_MS + HOUR_MS, NOW_MS + HOUR_MS)
    machine.now_ms += HOUR_MS
    given = list(machine.view.release())
    assert 0 < len(given) < count
    assert list(machine.view.after(None, count)) == list(machine.view.before(None, count)) == given
    # Wherever it belongs in what is given at the moment, what arrives now is given as well.
    given += [message for author in (1, 2, 3, 4) for message in machine.arrive(author, NOW_MS + HOUR_MS)]
    while messages := machine.view.release():
        given += messages
    assert len(given) == len(set(given)) == count + 6
    assert sorted(message.position for message in given) == [
        message.position for message in machine.view.after(None, 2 * count)
    ]
    assert machine.view.next_release_in_ms() is None


def test_what_is_written_before_the_last_is_indexed_comes_after_it(machine: Machine) -> None:
    machine.hear(1, NOW_MS + 60_000)
    assert [machine.write() for _ in range(3)] == [NOW_MS + 60_000 + number for number in (1, 2, 3)]
    machine.now_ms += HOUR_MS
    assert [machine.write() for _ in range(2)] == [machine.now_ms, machine.now_ms + 1]


def test_what_was_written_by_a_clock_that_was_ahead_does_not_drag_what_is_written_by_one_set_right(
    machine: Machine,
) -> None:
    machine.now_ms += HOUR_MS
    assert machine.write() == NOW_MS + HOUR_MS
    machine.now_ms = NOW_MS
    assert machine.write() == NOW_MS


def test_an_answer_after_a_restart_is_past_what_was_seen_before(machine: Machine) -> None:
    machine.hear(1, NOW_MS + CLOCK_AHEAD_MAX_MS - 1)
    machine.restart()
    assert machine.write() == NOW_MS + CLOCK_AHEAD_MAX_MS


def test_what_was_read_while_it_was_held_aside_does_not_drag_an_answer(machine: Machine) -> None:
    machine.hear(1, NOW_MS + HOUR_MS)
    assert machine.aside == [NOW_MS + HOUR_MS]
    assert machine.write() == NOW_MS

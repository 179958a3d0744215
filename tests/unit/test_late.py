from multichat.model.message import Position
from multichat.widgets.late import LATE_MAX, Late


def _at(time_ms: int) -> Position:
    return Position(time_ms, b"f" * 32, 0)


def test_they_are_visited_in_order_and_then_from_the_first_again() -> None:
    late = Late()
    late.add([_at(30), _at(10), _at(20), _at(10)])
    assert len(late) == 3
    assert late.next_after(None) == _at(10)
    assert late.next_after(_at(10)) == _at(20)
    assert late.next_after(_at(25)) == _at(30)
    assert late.next_after(_at(30)) == _at(10)


def test_what_was_seen_is_late_no_more() -> None:
    late = Late()
    late.add(map(_at, range(10)))
    assert late.between(_at(3), _at(5)) == [_at(3), _at(4), _at(5)]
    late.see([_at(3), _at(5), _at(99)])
    assert _at(4) in late
    assert _at(3) not in late
    late.see(map(_at, range(10)))
    assert late.next_after(None) is None


def test_of_too_many_the_newest_are_remembered() -> None:
    late = Late()
    late.add(map(_at, range(LATE_MAX + 5)))
    assert len(late) == LATE_MAX
    assert late.next_after(None) == _at(5)

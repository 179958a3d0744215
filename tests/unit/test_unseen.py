from multichat.model.message import Position
from multichat.widgets.unseen import UNSEEN_MAX, Unseen


def at(timestamp_ms: int) -> Position:
    return Position(timestamp_ms, b"feed", 0)


def test_nothing_is_unseen_at_first() -> None:
    assert len(Unseen()) == 0


def test_what_scrolls_into_sight_is_no_longer_counted() -> None:
    unseen = Unseen()
    unseen.add([at(3), at(1), at(2)])
    unseen.see(at(2))
    assert str(unseen) == "1"


def test_a_message_counts_once() -> None:
    unseen = Unseen()
    unseen.add([at(1)])
    unseen.add([at(1), at(2)])
    assert str(unseen) == "2"


def test_a_flood_is_not_remembered_message_by_message() -> None:
    unseen = Unseen()
    unseen.add([at(number) for number in range(50_000)])
    assert len(unseen) == UNSEEN_MAX + 1
    assert str(unseen) == "9,999+"
    unseen.clear()
    assert len(unseen) == 0

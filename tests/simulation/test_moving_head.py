"""An author who writes while somebody fetches: what was asked of an earlier head is asked for again."""

import pytest

from multifeed.errors import StoreError
from multifeed.replica import Replica
from tests.helpers.feeds import numbered_blocks, open_multifeeds, written
from tests.helpers.pipe import session

_TURN_S = 0.05
_TURNS = 400

# The reader's requests travel once in so many turns, the writer's answers in each: several are always in flight.
_SLOWER = 4


@pytest.mark.parametrize("spoken_meanwhile", range(12))
def test_whatever_is_written_meanwhile_everything_arrives(spoken_meanwhile: int) -> None:
    with open_multifeeds(2) as (left, right):
        feed = written(left, 1, numbered_blocks(2_000))
        writer, reader = (Replica(multi, on_store_error=_raise, on_held=lambda *_: None) for multi in (left, right))
        there = session(1, initiator=True, heads=writer.heads)
        here = session(2, initiator=False, heads=reader.heads)
        writer.add(there)
        reader.add(here)
        left_to_say = spoken_meanwhile
        for turn in range(_TURNS):
            now_s = turn * _TURN_S
            if here.asked_count and left_to_say:
                feed.append(b"meanwhile")
                left_to_say -= 1
            writer.poll(now_s)
            reader.handle(here, here.receive(there.data_to_send(), now_s), now_s)
            if turn % _SLOWER == 0:
                reader.poll(now_s)
                writer.handle(there, there.receive(here.data_to_send(), now_s), now_s)
        copy = right.feed(feed.key)
        assert copy is not None
        assert left_to_say == 0
        assert (copy.length, copy.held.size) == (feed.length, feed.length)
        assert not here.is_closed


def _raise(error: StoreError) -> None:
    raise error

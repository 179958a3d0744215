"""A peer whose disk refuses: what others have is not asked of them over and over, and comes once there is room."""

import pytest

from multifeed import StoreError
from multifeed.protocol.events import Requested
from tests.helpers.checks import assert_all_verify
from tests.simulation.world import new_world


def test_a_disk_that_refuses_is_not_tried_in_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    with new_world(1) as world:
        writer, full = world.peer(), world.peer()
        writer.append(*[b"block %d" % number for number in range(5_000)])
        store = full.multi._shelf.store

        def refuse(*_: object) -> None:
            raise StoreError("the disk is full")

        requests: list[Requested] = []
        handle = writer.replica.handle

        def count(session: object, events: list[object], now_s: float) -> None:
            requests.extend(event for event in events if isinstance(event, Requested))
            handle(session, events, now_s)  # type: ignore[arg-type]  # as the world calls it

        with monkeypatch.context() as patch:
            patch.setattr(store, "insert_blocks", refuse)
            patch.setattr(writer.replica, "handle", count)
            world.connect(writer, full)
            world.pass_time(60)
        assert full.store_errors
        # A window of eight, every five seconds.
        assert len(requests) <= 8 * 13
        world.run(lambda: (feed := full.multi.feed(writer.feed.key)) is not None and feed.held.size == 5_000)
        assert_all_verify(full.multi)

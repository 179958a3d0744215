"""Swarms on the loopback interface, and waiting for what they come to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from multifeed import Feed, Multifeed, StoreError
from multifeed.net.options import SwarmOptions
from multifeed.net.swarm import Swarm, SwarmCallbacks
from tests.helpers.feeds import key_pair

LOOPBACK = "127.0.0.1"
# How long to wait for what should take milliseconds, on a machine that has much else to do.
_PATIENCE_S = 20.0


class Program:
    """One person's store and swarm."""

    def __init__(self, multi: Multifeed, number: int, room_key: bytes, options: SwarmOptions) -> None:
        self.multi = multi
        self.feed: Feed = multi.writer("own", key_pair=key_pair(number))
        self.store_errors: list[StoreError] = []
        self.notices: list[str] = []
        # How many people were connected, each time that it changed.
        self.people: list[int] = []
        self.swarm = Swarm(
            multi,
            room_key,
            key_pair(number),
            options,
            SwarmCallbacks(
                people_changed=lambda: self.people.append(self.swarm.people),
                held=lambda _peer, _claim: None,
                copy_met=lambda _yields: None,
                store_error=self.store_errors.append,
                notice=self.notices.append,
            ),
        )

    @property
    def address(self) -> tuple[str, int]:
        """Where others reach it."""
        return LOOPBACK, self.swarm.port

    def holds(self, other: Feed) -> bool:
        """Whether everything of somebody's feed is here."""
        feed = self.multi.feed(other.key)
        return feed is not None and feed.length == other.length and feed.held.covers(0, other.length)


@contextmanager
def _stored(directory: Path, number: int) -> Iterator[Multifeed]:
    with Multifeed.open(directory / f"{number}.sqlite") as multi:
        yield multi


@asynccontextmanager
async def program(
    directory: Path,
    number: int,
    room_key: bytes,
    *,
    peers: list[tuple[str, int]] | None = None,
    discovery: bool = False,
    port: int = 0,
    starts: bool = True,
) -> AsyncIterator[Program]:
    """A running program on the loopback interface, in a store of its own."""
    options = SwarmOptions(port=port, interfaces=("lo",), peers=peers or (), discovery=discovery, agent="test")
    with _stored(directory, number) as multi:
        running = Program(multi, number, room_key, options)
        try:
            if starts:
                await running.swarm.start()
            yield running
        finally:
            await running.swarm.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true; an error if it does not."""
    async with asyncio.timeout(_PATIENCE_S):
        while not condition():  # noqa: ASYNC110 (what is waited for is state of several objects, without an event)
            await asyncio.sleep(0.005)

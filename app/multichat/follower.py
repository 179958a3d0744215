"""How what is shown follows what is stored: in steps, between which keys and links have their turn.

Owns when the next step is taken and how often it is said how much is still to come. What becomes of the messages of a
step is for others; what puts them in order is the timeline.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from multichat.model.conversation import CatchingUp
from multichat.model.message import Message
from multichat.model.timeline import Timeline
from multifeed import StoreError
from multifeed.limits import WAY_GIVEN_S

# A history that is not in order yet, as one that was copied here without its view, is put in order for so long before
# anything is shown; what takes longer is done in steps of the other length, with the keys in between.
_OPENING_LENGTH_S: Final = 0.1
_READ_LENGTH_S: Final = 0.01

# How often it is said how much is still to come.
_PROGRESS_INTERVAL_S: Final = 0.25


class FollowerCallbacks(NamedTuple):
    """What a Follower asks (how many blocks are still to come from others), and who hears of what it has done."""

    missing: Callable[[], int]
    arrived: Callable[[tuple[Message, ...]], None]
    caught_up: Callable[[], None]
    tell: Callable[[CatchingUp], None]
    store_error: Callable[[StoreError], None]


class Follower:
    """Of the log of `timeline`. Made, it has put in order what takes a moment. For the event loop from then on."""

    def __init__(self, timeline: Timeline, callbacks: FollowerCallbacks) -> None:
        self._timeline = timeline
        self._callbacks = callbacks
        self._is_catching_up = False
        self._is_closed = False
        self._gives_way_until_s = 0.0
        self._progress_timer: asyncio.TimerHandle | None = None
        self._told_missing = 0
        self._read_on(_OPENING_LENGTH_S)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do at the moment, and nothing to say."""
        return not self._is_catching_up and self._progress_timer is None

    def close(self) -> None:
        """Take no further step."""
        self._is_closed = True
        if self._progress_timer is not None:
            self._progress_timer.cancel()

    def give_way(self) -> None:
        """Somebody is doing something on this machine: for a moment, that comes first."""
        self._gives_way_until_s = asyncio.get_running_loop().time() + WAY_GIVEN_S

    # --- before anything is shown ---

    async def read_history(self, tell: Callable[[int], None]) -> None:
        """Put in order all that is not yet; `tell` hears how many messages are to go. Raises StoreError."""
        while self._read_on(_READ_LENGTH_S):
            tell(self._timeline.unread)
            await asyncio.sleep(0)

    def _read_on(self, length_s: float) -> bool:
        """Put more of the history in order, for about so long; whether there is more."""
        end_s = time.perf_counter() + length_s
        while self._timeline.advance() is not None:
            if time.perf_counter() >= end_s:
                return True
        return False

    # --- from then on ---

    def catch_up_soon(self) -> None:
        """There is something new in the log: take as many steps as it needs, and say how much is still to come."""
        self.progress_soon()
        if not self._is_catching_up:
            self._is_catching_up = True
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        """Put one step of what has arrived in order, then let others have their turn."""
        if self._is_closed:
            return
        try:
            messages = self._timeline.advance()
        except StoreError as error:
            # The history is safe; the next block that arrives is another try.
            self._callbacks.store_error(error)
            messages = None
        if messages is None:
            self._is_catching_up = False
            self._callbacks.caught_up()
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._gives_way_until_s:
            loop.call_at(self._gives_way_until_s, self._catch_up)
        else:
            loop.call_soon(self._catch_up)
        self._callbacks.arrived(messages)

    def progress_soon(self) -> None:
        """Tell how far we are, soon: what takes less time than that is not worth a word."""
        if self._progress_timer is None and not self._is_closed:
            self._progress_timer = asyncio.get_running_loop().call_later(_PROGRESS_INTERVAL_S, self._tell_progress)

    def _tell_progress(self) -> None:
        self._progress_timer = None
        missing = self._callbacks.missing()
        if missing != self._told_missing:
            self._told_missing = missing
            self._callbacks.tell(CatchingUp(missing))
        if missing:
            self.progress_soon()

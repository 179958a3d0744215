"""What an open room does by what this machine's clock shows.

Owns when that is looked at, and what comes of it: messages held aside are shown once they are due and counted until
then, those that a clock that was set back has shown too early are held aside again, and a clock that differs from most
others' is told of. Knows neither links nor a face.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from multichat.limits import ASIDE_COUNTED_MAX
from multichat.model.clocks import ClockWatch, disagreement
from multichat.model.conversation import Event, HeldAside, SetBack
from multichat.model.message import Message
from multichat.model.timeline import Timeline
from multifeed import StoreError

# How often the clock is looked at: it may be set, and a machine that slept knows nothing of the time that has passed.
_INTERVAL_S: Final = 2.0

# A message that is due within this waits as long: who is a millisecond ahead is not worth a look of its own.
_DELAY_MIN_S: Final = 0.1


class TimekeeperCallbacks(NamedTuple):
    """What a Timekeeper asks (whose clock is how far ahead, what they are called, whom one does not hear) and tells."""

    clocks_ahead_s: Callable[[], Mapping[bytes, int]]
    name_of: Callable[[bytes], str]
    unheard: Callable[[], Collection[bytes]]
    arrived: Callable[[tuple[Message, ...]], None]
    tell: Callable[[Event], None]
    notice: Callable[[str], None]
    store_error: Callable[[StoreError], None]


class Timekeeper:
    """Of the room of `timeline`. For the event loop."""

    def __init__(self, timeline: Timeline, callbacks: TimekeeperCallbacks) -> None:
        self._timeline = timeline
        self._callbacks = callbacks
        self._watch = ClockWatch()
        self._told_aside = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> None:
        """Show what is no further ahead of the clock than it may be, and nothing else; a part of it, if it is much.

        Raises StoreError.
        """
        if self._timeline.withdraw():
            self._callbacks.tell(SetBack())
        self._callbacks.arrived(self._timeline.release())
        # One more than are counted: there are more.
        aside = self._timeline.count_aside(self._callbacks.unheard(), ASIDE_COUNTED_MAX + 1)
        if aside != self._told_aside:
            self._told_aside = aside
            self._callbacks.tell(HeldAside(aside))

    def look_and_go_on(self) -> None:
        """Look now, and again and again from then on."""
        if self._is_closed:
            return
        self._stop()
        delay_s = _INTERVAL_S
        try:
            self.look()
            delay_s = self._delay_s()
        except StoreError as error:
            self._callbacks.store_error(error)
        self._compare()
        self._timer = asyncio.get_running_loop().call_later(delay_s, self.look_and_go_on)

    def _delay_s(self) -> float:
        due_in_ms = self._timeline.next_release_in_ms()
        if due_in_ms is not None and due_in_ms <= 0:
            # That was too much for one look.
            return 0.0
        return _INTERVAL_S if due_in_ms is None else min(max(due_in_ms / 1000, _DELAY_MIN_S), _INTERVAL_S)

    def _compare(self) -> None:
        """Say it if others have another time than this machine, and when they no longer do."""
        unheard = self._callbacks.unheard()
        clocks_s = self._callbacks.clocks_ahead_s()
        ahead_s = {feed: one_s for feed, one_s in clocks_s.items() if feed not in unheard}
        by_s = self._watch.heard(ahead_s.values(), asyncio.get_running_loop().time())
        if by_s is None:
            return
        name = self._callbacks.name_of(next(iter(ahead_s)))
        if by_s == 0:
            whose = f"{name}'s" if len(ahead_s) == 1 else "most others'"
            self._callbacks.notice(f"this machine's clock agrees with {whose} now")
        else:
            self._callbacks.notice("; ".join(disagreement(by_s, len(ahead_s), name)))

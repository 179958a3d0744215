"""What is said of something that can change at any rate: at once as long as that is seldom, and else the newest.

Owns when something is said. Knows nothing of what.
"""

import asyncio
from collections.abc import Callable
from typing import Final

# Between two words: doubled as long as there is always a next one.
_PAUSE_MIN_S: Final = 0.05
_PAUSE_MAX_S: Final = 30.0


class Throttle:
    """Hands on to `say` what it is told; in a flood, less and less of it. For the event loop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._pause_s = _PAUSE_MIN_S
        self._unsaid: str | None = None
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, text: str) -> None:
        """Say it, or keep it until the pause is over; what was kept before is said no more."""
        if self._timer is None:
            self._speak(text)
        else:
            self._unsaid = text

    def close(self) -> None:
        """Say nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _speak(self, text: str) -> None:
        self._unsaid = None
        self._say(text)
        self._timer = asyncio.get_running_loop().call_later(self._pause_s, self._end_pause)

    def _end_pause(self) -> None:
        self._timer = None
        if self._unsaid is None:
            # As long a quiet as the pause was: it is over.
            self._pause_s = _PAUSE_MIN_S
        else:
            self._pause_s = min(2 * self._pause_s, _PAUSE_MAX_S)
            self._speak(self._unsaid)

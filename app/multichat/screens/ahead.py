"""What is held aside: messages whose authors' clocks are far ahead of this one.

Owns how they are arranged. Which these are is the history's to say. They are shown here alone: in the conversation each
would stand below all that is said until its time, as what was said last.
"""

import time
from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Final

from textual.content import Content

from multichat.limits import ASIDE_READ_MAX, ASIDE_TEXT_LENGTH_MAX, CLOCK_AHEAD_MAX_MS
from multichat.model.callings import Calling
from multichat.model.clocks import duration_text
from multichat.model.message import Message
from multichat.model.muted import Unmuted
from multichat.model.text import sanitise_text
from multichat.screens.panel import PanelScreen
from multichat.widgets.clock import local_time, short_day_title
from multichat.widgets.marks import by_name
from multifeed.errors import StoreError

_INTERVAL_S: Final = 1.0
_FAINT: Final = "$foreground 70%"
_AHEAD: Final = duration_text(CLOCK_AHEAD_MAX_MS // 1000)
_WHY: Final = f"From clocks over {_AHEAD} ahead of this one."
_MORE: Final = "There are more, which are due later."
_WHAT: Final = (
    f"Each comes into the conversation {_AHEAD} before its time. What you write until then stands above it, even if "
    "you have read it here. /doctor tells whether this machine's clock is the wrong one."
)


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


class AheadScreen(PanelScreen):
    """Looks again every second: something may have come due by `now_ms`, this machine's clock.

    `calling` says what to call who has written a message.
    """

    def __init__(
        self,
        history: Unmuted,
        now_ms: Callable[[], int] = _clock_ms,
        calling: Callable[[Message], Calling] = by_name,
    ) -> None:
        super().__init__("Held aside")
        self._calling = calling
        self._history = history
        self._now_ms = now_ms

    def on_mount(self) -> None:
        """Look, and go on looking."""
        super().on_mount()
        self.set_interval(_INTERVAL_S, self.show)

    def content(self, width: int) -> Content:
        """Why they wait, then each of them, the one that is due first first, then what becomes of them."""
        try:
            messages = self._history.aside(None, ASIDE_READ_MAX + 1)
        except StoreError as error:
            return Content(str(error))
        return self._arranged(messages, width) if messages else Content("Nothing is held aside.")

    def _arranged(self, messages: Sequence[Message], width: int) -> Content:
        now_ms = self._now_ms()
        shown = [_shown(message, self._calling(message), now_ms) for message in messages[:ASIDE_READ_MAX]]
        after = (_MORE, _WHAT) if len(messages) > ASIDE_READ_MAX else (_WHAT,)
        parts = [_faint(_WHY, width), *shown, *(_faint(text, width) for text in after)]
        return Content("\n\n").join(parts)


def _faint(text: str, width: int) -> Content:
    return Content.styled("\n".join(wrap(text, width)), _FAINT)


def _shown(message: Message, calling: Calling, now_ms: int) -> Content:
    claimed = local_time(message.timestamp_ms)
    due_s = max(message.timestamp_ms - CLOCK_AHEAD_MAX_MS - now_ms, 0) // 1000
    told = f" claims {claimed:%H:%M:%S}, {short_day_title(claimed)} \N{MIDDLE DOT} in {duration_text(due_s)}\n"
    text = sanitise_text(message.record.text, ASIDE_TEXT_LENGTH_MAX)
    return Content.assemble((calling.name, "bold"), (calling.suffix + told, _FAINT), text)

"""What a process costs those around it: how long its event loop is held, and how much memory it has taken.

The loop is held from one look at its sockets to the next: nothing else that a program does on it, a key pressed or a
screen drawn, can happen between. That is measured around the selector, with two readings of the clock each time, well
under a microsecond. A look that does not wait counts as held, and so does whatever takes the processor away meanwhile:
the garbage collector, other threads, other processes.
"""

import contextlib
import resource
import selectors
import sys
import time
from array import array
from pathlib import Path


class WatchedSelector(selectors.DefaultSelector):
    """Notes how long the loop was away each time."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_ns = 0
        self._holds_ns = array("q")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        begun_ns = time.perf_counter_ns()
        ready = super().select(timeout)
        ended_ns = time.perf_counter_ns()
        if self._looked_ns:
            is_waiting = timeout is None or timeout > 0
            self._holds_ns.append((begun_ns if is_waiting else ended_ns) - self._looked_ns)
        self._looked_ns = ended_ns
        return ready

    def begin(self) -> None:
        """Forget what was before, the hold that is going on included."""
        self._holds_ns = array("q")
        self._looked_ns = time.perf_counter_ns()

    @property
    def longest_ms(self) -> float:
        return max(self._holds_ns, default=0) / 1e6

    def share_held_over(self, limit_ms: float) -> float:
        """Which part of the time that the loop was held, it was held for longer than this at a time."""
        long_ns = sum(hold_ns for hold_ns in self._holds_ns if hold_ns > limit_ms * 1e6)
        return long_ns / max(sum(self._holds_ns), 1)


def forget_memory_peak() -> None:
    """Let `memory_peak_mb` count from now on, where the kernel can (Linux); elsewhere it counts from the start."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def memory_peak_mb() -> float:
    """The most memory that this process has had at a time.

    As the kernel tells it of the process alone: the figure of getrusage may begin with that of whoever started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)

"""How far something long is, on one line of stderr that is written over and over: only where somebody can see it.

Owns that nothing of it is left behind.
"""

import sys
from types import TracebackType
from typing import Self


class ProgressLine:
    """Used as a context manager; nothing is written where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr is not None and sys.stderr.isatty()
        self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.clear()

    def tell(self, text: str) -> None:
        """Show `text`, of ASCII, in place of what was shown."""
        if self._is_shown:
            # With spaces, not by a sequence: every terminal knows those.
            self._write(f"\r{text:<{self._length}}")
            self._length = len(text)

    def clear(self) -> None:
        """Show nothing."""
        if self._length:
            self.tell("")
            self._write("\r")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

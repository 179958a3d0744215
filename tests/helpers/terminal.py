"""The real program on a real pseudo-terminal, and what a person would see there."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from unicodedata import combining

import pyte
from wcwidth import wcwidth

from tests.helpers.program import DEADLINE_S, LOOPBACK_ONLY, PROGRAM, environment, new_room

ALTERNATE_SCREEN: Final = b"\x1b[?1049h"
NORMAL_SCREEN: Final = b"\x1b[?1049l"
SHOW_CURSOR: Final = b"\x1b[?25h"
HIDE_CURSOR: Final = b"\x1b[?25l"

KEYS: Final = {"enter": "\r", "ctrl+q": "\x11", "ctrl+c": "\x03", "backspace": "\x7f", "ctrl+u": "\x15"}

_ENDING_S: Final = 10.0

# Makes the pseudo-terminal the controlling one, as a terminal window does, so that the program hears of its size.
_TAKE_TERMINAL: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class _Screen(pyte.Screen):
    """One that leaves out what takes no room and stands on no letter, instead of all that follows it.

    Nor does it mind that half of a wide character is written over.
    """

    @property
    def display(self) -> list[str]:
        return ["".join(self.buffer[y][x].data for x in range(self.columns)) for y in range(self.lines)]

    def draw(self, data: str) -> None:
        super().draw("".join(character for character in data if wcwidth(character) or combining(character)))


class Terminal:
    """A terminal in which `multichat` runs with these arguments, or another `program`."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        changes: Mapping[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.arguments = [str(argument) for argument in arguments]
        self.raw = bytearray()
        self._changed = threading.Condition()
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._is_over = False
        self._master, self._slave = pty.openpty()
        # How the terminal is set: echo, line by line, and so on.
        self.settings_before: list[Any] = termios.tcgetattr(self._slave)
        self.settings_after: list[Any] = []
        self._set_size(columns, rows)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *program, *self.arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(changes or {})}),
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    # --- what is to be seen ---

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def lines(self) -> list[str]:
        """The lines of the screen, without the spaces at their ends."""
        with self._changed:
            return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def cell(self, x: int, y: int) -> pyte.screens.Char:
        """One character of the screen and how it looks."""
        with self._changed:
            return self._screen.buffer[y][x]

    @property
    def is_full_screen(self) -> bool:
        """Whether the alternate screen is on."""
        return self.raw.rfind(ALTERNATE_SCREEN) > self.raw.rfind(NORMAL_SCREEN)

    @property
    def shows_cursor(self) -> bool:
        return self.raw.rfind(SHOW_CURSOR) >= self.raw.rfind(HIDE_CURSOR)

    # --- waiting ---

    def wait_until(self, condition: Callable[[], bool], what: str, patience_s: float = DEADLINE_S) -> None:
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._is_over, patience_s)
            assert condition(), f"waited in vain for {what}\n{self.report()}"

    def wait_for(self, *parts: str, patience_s: float = DEADLINE_S) -> None:
        """Wait until all of `parts` are on the screen."""
        self.wait_until(lambda: all(part in self.text for part in parts), repr(parts), patience_s)

    def wait_for_line(self, *parts: str) -> None:
        """Wait until all of `parts` are on one line of the screen."""
        self.wait_until(lambda: any(all(part in line for part in parts) for line in self.lines), f"a line with {parts}")

    def wait(self) -> int:
        """Wait until the program has ended; returns the exit code."""
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end\n{self.report()}") from None
        self._hang_up()
        return self._process.returncode

    # --- what a person does ---

    def write(self, data: bytes) -> None:
        """Send bytes in one write, as a terminal does with what was pasted or came in a burst."""
        os.write(self._master, data)

    def type(self, text: str) -> None:
        """Type `text`, key by key, each once the one before it is on the screen."""
        for index, character in enumerate(text):
            self.write(character.encode())
            typed = text[: index + 1].rsplit(" ", maxsplit=1)[-1]
            self.wait_for(typed)

    def press(self, key: str) -> None:
        self.write(KEYS[key].encode())

    def say(self, text: str) -> None:
        """Type `text` and send it."""
        self.type(text)
        self.press("enter")

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as by dragging the corner of the window."""
        with self._changed:
            self._screen.resize(rows, columns)
            self._screen.reset()
            self._set_size(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """End the program as a power failure does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def close(self) -> None:
        """End the program if it runs and close the terminal."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_ENDING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._hang_up()
        os.close(self._master)

    def report(self) -> str:
        """What the screen shows, in a frame."""
        frame = "-" * self._screen.columns
        said = f"multichat {' '.join(self.arguments)}: exit code {self._process.poll()}"
        return "\n".join([said, frame, *self.lines, frame])

    # --- inside ---

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while data := self._read_some():
            with self._changed:
                self.raw += data
                self._stream.feed(data)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _read_some(self) -> bytes:
        try:
            return os.read(self._master, 65_536)
        except OSError:
            # The last one who had the terminal open is gone.
            return b""

    def _hang_up(self) -> None:
        """Close our own end of what the program wrote to, and read the rest."""
        if self._slave >= 0:
            self.settings_after = termios.tcgetattr(self._slave)
            os.close(self._slave)
            self._slave = -1
        self._thread.join(_ENDING_S)


class Terminals:
    """Terminals in one room, each with a profile below `data_dir`; all are closed with the `with`."""

    def __init__(self, data_dir: Path) -> None:
        self.room = new_room()
        self.data_dir = data_dir
        self._terminals: list[Terminal] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for terminal in self._terminals:
            terminal.close()
        if error is None:
            for terminal in self._terminals:
                assert b"Traceback" not in terminal.raw, terminal.report()
                assert b"defect" not in terminal.raw, terminal.report()

    def open(
        self,
        *arguments: str | Path,
        columns: int = 80,
        rows: int = 24,
        changes: Mapping[str, str] | None = None,
    ) -> Terminal:
        """Start the program in the room, in a terminal of its own."""
        all_arguments = [*arguments, "--room", self.room, "--data-dir", self.data_dir, *LOOPBACK_ONLY]
        terminal = Terminal(all_arguments, columns=columns, rows=rows, changes=changes)
        self._terminals.append(terminal)
        return terminal

"""The real program as a process, and its output as it comes.

Nothing here sleeps: a test waits until something is to be seen, and fails with all that was said if it is not.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

# Far longer than anything takes; only a failing test waits for it.
DEADLINE_S: Final = 30.0

# Outside a namespace of the test's own, nothing is to reach a real network.
LOOPBACK_ONLY: Final = ("--interface", "lo")

_ENDING_S: Final = 10.0
_SHOWN_LINES: Final = 40

# A place in which there is no config.
NO_CONFIG: Final = Path(__file__).parent / "no-config"

PROGRAM: Final = (sys.executable, "-m", "multichat")


def new_room() -> str:
    """A room that no test running beside this one has."""
    return f"room-{secrets.token_hex(6)}"


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the program is started with: this process's, without what changes how a program fails, writes or draws.

    Nor is the config of whoever runs the tests read.
    """
    left_out = {"MULTICHAT_DEBUG", "PYTHONUNBUFFERED", "COLUMNS", "LINES", "NO_COLOR", "COLORFGBG"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"XDG_CONFIG_HOME": str(NO_CONFIG)} | dict(changes or {})


class _Output:
    """What comes out of one pipe."""

    def __init__(self, pipe: int, changed: threading.Condition) -> None:
        self.raw = bytearray()
        self.lines: list[str] = []
        self.is_over = False
        self._pipe = pipe
        self._changed = changed
        self._rest = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(_ENDING_S)
        os.close(self._pipe)

    def _read(self) -> None:
        while data := os.read(self._pipe, 65_536):
            with self._changed:
                self.raw += data
                *lines, self._rest = (self._rest + data).split(b"\n")
                self.lines += [line.decode(errors="replace") for line in lines]
                self._changed.notify_all()
        with self._changed:
            self.is_over = True
            self._changed.notify_all()


class Program:
    """A running `multichat`; `prefix` is a command that starts it, `stdin` and `stdout` as in subprocess."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        prefix: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int | None = None,
    ) -> None:
        self.arguments = [str(argument) for argument in arguments]
        self._changed = threading.Condition()
        self._messages: list[dict[str, Any]] = []
        output_read, output_write = os.pipe()
        errors_read, errors_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*prefix, *PROGRAM, *self.arguments],
                stdin=stdin,
                stdout=output_write if stdout is None else stdout,
                stderr=errors_write,
                env=environment(),
                start_new_session=True,
            )
        except BaseException:
            os.close(output_read)
            os.close(errors_read)
            raise
        finally:
            os.close(output_write)
            os.close(errors_write)
        self._out = _Output(output_read, self._changed)
        self._err = _Output(errors_read, self._changed)

    # --- what it says ---

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def out(self) -> list[str]:
        """The lines on stdout so far."""
        return self._out.lines

    @property
    def err(self) -> list[str]:
        """The lines on stderr so far."""
        return self._err.lines

    @property
    def raw_out(self) -> bytes:
        """Everything on stdout so far, to the byte."""
        return bytes(self._out.raw)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of a `--json` program so far."""
        self._messages += [json.loads(line) for line in self.out[len(self._messages) :]]
        return self._messages

    @property
    def texts(self) -> list[str]:
        """What was said, in the order in which a `--json` program printed it."""
        return [message["text"] for message in self.messages]

    @property
    def own_texts(self) -> list[str]:
        """Those of them that it said itself."""
        return [message["text"] for message in self.messages if message["nickname"] == self.arguments[0]]

    @property
    def port(self) -> int:
        """The port on which it is reached."""
        self.wait_for_error(", port ")
        line = next(line for line in self.err if ", port " in line)
        return int(line.rpartition(" ")[2])

    # --- waiting ---

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: condition() or self._is_over, DEADLINE_S)
            assert condition(), f"waited in vain for {what}\n{self.report()}"

    def wait_for_texts(self, *texts: str) -> None:
        """Wait until a `--json` program has printed all of `texts`."""
        self.wait_until(lambda: set(texts) <= set(self.texts), f"the messages {texts}")

    def wait_for_just(self, *texts: str) -> None:
        """Wait until what a `--json` program has printed is `texts`, in this order and with nothing between."""
        self.wait_until(lambda: self.texts == list(texts), f"the messages {texts} and no others")

    def wait_for_line(self, part: str) -> None:
        self.wait_until(lambda: any(part in line for line in self.out), f"a line with {part!r}")

    def wait_for_error(self, part: str) -> None:
        self.wait_until(lambda: any(part in line for line in self.err), f"a line on stderr with {part!r}")

    def wait_for_people(self, count: int) -> None:
        """Wait until the last thing said about how many are here is `count`."""
        said = "multichat: nobody else is here" if count == 0 else f"multichat: {count} here"
        self.wait_until(lambda: ([line for line in self.err if line.endswith(" here")] or [""])[-1] == said, said)

    def wait(self) -> int:
        """Wait until it has ended; returns the exit code."""
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end\n{self.report()}") from None
        self.wait_until(lambda: self._is_over, "the end of its output")
        return self._process.returncode

    # --- what is done to it ---

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(f"{line}\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def end_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def interrupt(self) -> int:
        """End it as Ctrl+C does; returns the exit code."""
        self.signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """End it as a power failure does."""
        self.signal(signal.SIGKILL)
        self.wait()

    def close(self) -> None:
        """End it if it runs, by force if need be, and let go of everything."""
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self._process.wait(_ENDING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            # What was still to be sent is of no use to anyone.
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._out.close()
        self._err.close()

    def report(self) -> str:
        """Everything there is to know about it."""
        return "\n".join(
            [
                f"multichat {' '.join(self.arguments)}: exit code {self._process.poll()}",
                *(f"  out: {line[:300]}" for line in self.out[-_SHOWN_LINES:]),
                *(f"  err: {line[:300]}" for line in self.err[-_SHOWN_LINES:]),
            ]
        )

    @property
    def _is_over(self) -> bool:
        return self._out.is_over and self._err.is_over


class Programs:
    """Programs in one room, each with a profile below `data_dir`; all end with the `with`.

    None of them may ever have shown a traceback, or a defect in place of one.
    """

    def __init__(self, data_dir: Path, options: Sequence[str] = LOOPBACK_ONLY, room: str | None = None) -> None:
        self.room = room or new_room()
        self.data_dir = data_dir
        self._options = options
        self._programs: list[Program] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for program in self._programs:
            program.close()
        if error is None:
            for program in self._programs:
                said = "\n".join(program.err)
                assert "Traceback" not in said, program.report()
                assert "defect" not in said, program.report()

    def start(
        self,
        nickname: str,
        *options: str | Path,
        room: str | None = None,
        prefix: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int | None = None,
    ) -> Program:
        """Start one in the room; `options` come after those that all have."""
        arguments = [nickname, "--room", room or self.room, "--data-dir", self.data_dir, *self._options, *options]
        return self.run(*arguments, prefix=prefix, stdin=stdin, stdout=stdout)

    def run(
        self,
        *arguments: str | Path,
        prefix: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int | None = None,
    ) -> Program:
        """Start one with these arguments and no others."""
        program = Program(arguments, prefix=prefix, stdin=stdin, stdout=stdout)
        self._programs.append(program)
        return program

    def connected(self, *options: str) -> tuple[Program, Program]:
        """Alice and Bob, who have met, with JSON for output."""
        alice = self.start("alice", "--json", *options)
        bob = self.start("bob", "--json", *options, "--peer", f"127.0.0.1:{alice.port}")
        alice.wait_for_people(1)
        bob.wait_for_people(1)
        return alice, bob

    def room_directory(self, nickname: str) -> Path:
        """Where a profile keeps the room."""
        return self.data_dir / "profiles" / nickname / "rooms" / self.room

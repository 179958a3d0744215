"""Writes what has been said in a room to stdout or a file, without a screen and without looking for anybody.

Owns what is asked for, from the arguments to the messages, and how it is said how far that is.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from multichat.errors import RefusedError, UsageError
from multichat.exporting import form_of, new_file, write
from multichat.interruption import raise_when_interrupted
from multichat.model.conversation import Event, Notice
from multichat.model.export.span import Span
from multichat.model.muted import Unmuted, unheard
from multichat.model.query import period_ms
from multichat.output import as_line
from multichat.profile import RoomOptions
from multichat.progress_line import ProgressLine
from multichat.reading import read_history
from multichat.room import Room
from multifeed import LockedError

_STDOUT: Final = 1


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is to be written, how and where; `output` None is stdout. Dates and names are as they were given."""

    form: str
    output: Path | None = None
    after: str | None = None
    before: str | None = None
    authors: Sequence[str] = ()

    def span(self) -> Span:
        """The time that is meant; of everybody. Raises UsageError for what is no date."""
        today = datetime.now().astimezone().date()
        span = Span()
        start_ms, end_ms = span.start_ms, span.end_ms
        if self.after is not None:
            _, start_ms = period_ms("--after", self.after, today=today, zone=None)
        if self.before is not None:
            end_ms, _ = period_ms("--before", self.before, today=today, zone=None)
        return Span(start_ms, end_ms)


def open_to_export(options: RoomOptions, nickname: str) -> Room:
    """The room, as it lies on the disk. Raises RefusedError where there is none, or it is in use, and StoreError."""
    if not options.directory(nickname).is_dir():
        raise RefusedError(
            f"{nickname} has not been in {options.room_name} on this machine yet: there is nothing there"
        )
    try:
        return Room(options, nickname)
    except RefusedError as error:
        if not isinstance(error.__cause__, LockedError):
            raise
        pid = error.__cause__.pid
        holder = "another program" if pid is None else f"process {pid}"
        raise RefusedError(
            f"{nickname} is in this room on this machine ({holder}); write /export FILE there, or end that one"
        ) from error


def export(room: Room, options: ExportOptions) -> None:
    """Write what is asked for, until that is done or interrupted, and close the room.

    Raises UsageError for a name that says nothing, RefusedError where it cannot be written or was interrupted,
    StoreError, and BrokenPipeError when nobody reads the output.
    """
    raise_when_interrupted()
    try:
        asyncio.run(_run(room, options))
    except KeyboardInterrupt:
        raise RefusedError("interrupted: not everything was exported") from None


async def _run(room: Room, options: ExportOptions) -> None:
    try:
        with ProgressLine() as progress:
            await _export(room, options, progress)
    finally:
        await room.close()


async def _export(room: Room, options: ExportOptions, progress: ProgressLine) -> None:
    def say(text: str) -> None:
        progress.clear()
        print(f"multichat: {as_line(text)}", file=sys.stderr, flush=True)

    def react(event: Event) -> None:
        if isinstance(event, Notice):
            say(event.text)

    room.listen(react)
    span = options.span()
    await read_history(room, say)
    await room.learn_names()
    if options.authors:
        span = Span(span.start_ms, span.end_ms, _feeds_meant(room, options.authors))
    with _opened(options.output) as out:
        history = Unmuted(room.history, unheard(room))
        count = await write(history, span, form_of(room, options.form), out, progress.tell)
    if options.output is not None:
        say(f"{count:,} {'message' if count == 1 else 'messages'} written to {options.output}")


def _feeds_meant(room: Room, names: Sequence[str]) -> frozenset[bytes]:
    """All that those have written who are called one of `names`."""
    feeds: set[bytes] = set()
    for name in names:
        people = room.meant(name)
        if not people:
            raise UsageError(f"nobody in {room.name} is or was called {as_line(name)}")
        for person in people:
            feeds.update(room.identity(person.feed).feeds)
    return frozenset(feeds)


@contextmanager
def _opened(output: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Where it is written. Raises RefusedError if it cannot be, and BrokenPipeError."""
    name = "stdout" if output is None else str(output)
    try:
        if output is None:
            yield _write_to_stdout
        else:
            with new_file(output) as file:
                yield file.write
    except FileExistsError:
        raise RefusedError(f"{name} is there already; give another name") from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RefusedError(f"{name} cannot be written: {error.strerror or error}") from error


def _write_to_stdout(data: bytes) -> None:
    """All of it, past Python's buffer: what that could not write, it would try again at the end."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(_STDOUT, rest) :]

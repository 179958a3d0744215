"""Tells whether what was exported as JSON lines is what its authors signed: from the file alone, without any profile.

Owns the reading of a file that anybody may have written, and how it is told.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from multichat.errors import RefusedError
from multichat.limits import EXPORT_LINE_LENGTH_MAX_BYTES
from multichat.model.export.verification import Verification
from multichat.output import as_line
from multichat.progress_line import ProgressLine

# In place of a file: stdin.
STDIN: Final = "-"

# How often it is said how far that is.
_PROGRESS_INTERVAL_S: Final = 0.25

_AUTHORS_SHOWN_MAX: Final = 50


def verify(name: str) -> tuple[bool, list[str]]:
    """Whether every line of a file holds, and what is to be said of it, in lines. Raises RefusedError."""
    verification = Verification()
    try:
        with ProgressLine() as progress, _opened(name) as file:
            for _, line in _lines_in(file, progress):
                verification.read(line)
            if verification.has_several_heads and file.seekable():
                file.seek(0)
                verification.begin_again()
                for number, line in _lines_in(file, progress):
                    verification.read_again(number, line)
    except KeyboardInterrupt:
        raise RefusedError("interrupted: not all of it was looked at") from None
    except OSError as error:
        raise RefusedError(f"{name} cannot be read: {error.strerror or error}") from error
    return verification.holds, [as_line(line) for line in _told(verification)]


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as file:
            yield file


def _lines_in(file: BinaryIO, progress: ProgressLine) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, without their ends; of one that is too long, as much as shows that it is."""
    number, told_s = 0, time.monotonic()
    while line := file.readline(EXPORT_LINE_LENGTH_MAX_BYTES + 2):
        number += 1
        rest = line
        while len(rest) > EXPORT_LINE_LENGTH_MAX_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(EXPORT_LINE_LENGTH_MAX_BYTES + 2)
        yield number, line.removesuffix(b"\n")
        if time.monotonic() >= told_s + _PROGRESS_INTERVAL_S:
            told_s = time.monotonic()
            progress.tell(f"{number:,} lines checked")


def _told(verification: Verification) -> Iterator[str]:
    for number, reason in verification.failures:
        yield f"line {number:,}: {reason}"
    broken, contradictory = verification.broken.count, verification.contradictions.count
    more = broken + contradictory - len(verification.failures)
    if more:
        yield f"and {more:,} more"
    count = verification.line_count
    if verification.holds:
        yield f"{_counted(count, 'line')}: {'all' if count != 1 else 'it'} as signed" if count else "no line in it"
    else:
        yield f"of {_counted(count, 'line')}, {broken:,} not as signed, {contradictory:,} signed and contradictory"
    authors = sorted(verification.authors.items(), key=lambda item: -item[1].count)
    for feed, author in authors[:_AUTHORS_SHOWN_MAX]:
        yield f"{feed.hex()} signed {_counted(author.count, 'message')}, as {author.nickname} in the last"
    if len(authors) > _AUTHORS_SHOWN_MAX:
        yield f"and {len(authors) - _AUTHORS_SHOWN_MAX:,} more keys"
    if not verification.is_all_remembered:
        yield "there were too many heads to compare all of them: lines may contradict each other"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"

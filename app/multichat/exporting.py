"""What has been said, on its way out of a room: the form that is asked for, page by page, into a file or a pipe.

Owns which forms there are and how they are called, that others have their turn meanwhile, and that a file which is not
complete is not there. Knows no face.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from multichat.model.callings import Calling
from multichat.model.conversation import Conversation, History
from multichat.model.export import FORMATS
from multichat.model.export.form import Form, Look
from multichat.model.export.span import Span, pages
from multichat.model.message import Message

EVERYTHING: Final = Span()

# How often it is said how far an export is.
_PROGRESS_INTERVAL_S: Final = 0.25


def format_of(path: Path) -> str:
    """The form that a file's name asks for: that of its ending, or else text."""
    ending = path.suffix.removeprefix(".").lower()
    return ending if ending in FORMATS else "txt"


def form_of(conversation: Conversation, name: str) -> Form:
    """One of FORMATS, for the messages of a room."""

    def calling(message: Message) -> Calling:
        return conversation.calling(message.feed, message.nickname)

    # Each is imported when it is asked for: whoever talks needs none of them.
    match name:
        case "jsonl":
            from multichat.model.export.jsonl import JsonLines  # noqa: PLC0415

            return JsonLines(conversation.open_evidence().of)
        case "md":
            from multichat.model.export.markdown import Markdown  # noqa: PLC0415

            return Markdown(_look_of(conversation, calling))
        case "html":
            from multichat.model.export.web_page import WebPage  # noqa: PLC0415

            return WebPage(_look_of(conversation, calling))
        case _:
            from multichat.model.export.plain_text import PlainText  # noqa: PLC0415

            return PlainText(calling)


def _look_of(conversation: Conversation, calling: Callable[[Message], Calling]) -> Look:
    from multichat.widgets.clock import day_title, local_time  # noqa: PLC0415 (see form_of)
    from multichat.widgets.colours import person_colour  # noqa: PLC0415 (see form_of)

    def colour(feed: bytes, is_dark: bool) -> str:  # noqa: FBT001 (see Look)
        return person_colour(feed, dark=is_dark)

    return Look(conversation.name, calling, local_time, day_title, colour)


async def write(
    history: History, span: Span, form: Form, out: Callable[[bytes], object], tell: Callable[[str], None]
) -> int:
    """Write what is meant of a history to `out`; `tell` hears how far that is. Returns how many messages were written.

    Raises what `out` raises, and StoreError.
    """
    progress = _Progress(tell)
    if form.calling is not None:
        # Somebody who comes later may go by the name of one who is there from the first: only who has heard all of
        # them can tell them apart.
        for page in pages(history, span):
            for message in page:
                form.calling(message)
            await progress.step(len(page), "messages looked through")
        progress = _Progress(tell)
    out(form.opening().encode())
    for page in pages(history, span):
        out(form.page(page).encode())
        await progress.step(len(page), "messages written")
    out(form.closing().encode())
    return progress.count


class _Progress:
    """How many messages have been dealt with; it is said now and then, and others have their turn."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.count = 0
        self._tell = tell
        self._told_s = time.monotonic()

    async def step(self, count: int, what: str) -> None:
        self.count += count
        if time.monotonic() >= self._told_s + _PROGRESS_INTERVAL_S:
            self._told_s = time.monotonic()
            self._tell(f"{self.count:,} {what}")
        await asyncio.sleep(0)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there, and is not there if it does not become complete. Raises OSError."""
    file = path.open("xb")
    try:
        with file:
            yield file
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise

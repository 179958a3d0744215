"""The file in which a desk is kept, beside the history of the room.

Owns when it is written and what happens when it cannot be. What is on a desk is `model.desk`'s.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Unpack

from multichat.limits import DESK_LENGTH_MAX_BYTES
from multichat.model.desk import Desk, DeskChanges, format_desk, parse_desk

_NAME: Final = "desk.json"
_NEW_NAME: Final = "desk.json.new"

# What changes is on the disk after this.
SAVE_INTERVAL_S: Final = 1.0

# A disk that has refused is tried again after this.
_RETRY_INTERVAL_S: Final = 30.0


class DeskFile:
    """The desk of the room whose files are in `directory`; a file that is missing or damaged is an empty desk.

    `on_error` hears once, in a sentence, of a disk that refuses, and again only after it has taken something; meanwhile
    the desk is kept in memory.
    """

    def __init__(self, directory: Path, on_error: Callable[[str], None]) -> None:
        # What is to be put on the desk beside what one leaves there: asked each time that it is written.
        self.collect: Callable[[Desk], Desk] = lambda desk: desk
        self._path = directory / _NAME
        self._on_error = on_error
        self._timer: asyncio.TimerHandle | None = None
        self._is_changed = False
        self._has_failed = False
        self._is_closed = False
        self._saved = _read(self._path)
        self.desk = parse_desk(self._saved)

    def change(self, **changes: Unpack[DeskChanges]) -> None:
        """Put something on the desk."""
        desk = self.desk.changed(**changes)
        if desk != self.desk:
            self.desk = desk
            self.changed()

    def changed(self) -> None:
        """Something is to be written, soon."""
        self._is_changed = True
        if self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(SAVE_INTERVAL_S, self._save)

    def close(self) -> None:
        """Write what is not written yet, and nothing from now on."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._is_changed:
            self._save()

    def _save(self) -> None:
        self._timer = None
        data = format_desk(self.collect(self.desk))
        try:
            if data != self._saved:
                _write(self._path, data)
        except OSError as error:
            self._failed(error)
        else:
            self._saved, self._is_changed, self._has_failed = data, False, False

    def _failed(self, error: OSError) -> None:
        if not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(_RETRY_INTERVAL_S, self._save)
        if not self._has_failed:
            self._has_failed = True
            self._on_error(
                f"{self._path} cannot be written: {error.strerror or error}; drafts and marks are kept until you leave"
            )


def _read(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as file:
        return file.read(DESK_LENGTH_MAX_BYTES)
    return b""


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for nobody else to read.

    It is not forced to the disk: that would hold up the screen, and a power cut costs a draft, not a message.
    """
    new_path = path.with_name(_NEW_NAME)
    try:
        descriptor = os.open(new_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        new_path.replace(path)
    except OSError:
        with suppress(OSError):
            new_path.unlink()
        raise

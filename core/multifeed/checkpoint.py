"""Moves the write-ahead log into the database in a thread of its own, so that commits do not wait for it.

The thread moves the bulk. What was written meanwhile is left over; once that is little, the writer moves it itself,
which lets the log start anew from its beginning: a log that only grows makes every commit on the disk dearer. Owns the
thread, its connection and the counting. Knows the path of a database and nothing of what is in it.
"""

import sqlite3
import threading
from pathlib import Path
from queue import SimpleQueue

from multifeed.limits import CHECKPOINT_INTERVAL_BYTES, CHECKPOINT_REST_MAX_BYTES


class Checkpointer:
    """Call `wrote` after each commit, and checkpoint whenever it says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unmoved_bytes = 0
        self._is_busy = False
        self._thread: threading.Thread | None = None
        # True for each time that the bulk is to be moved, False for the end.
        self._orders: SimpleQueue[bool] = SimpleQueue()
        # Set by the thread, cleared by the writer once it has seen it.
        self._has_moved = False
        # Why the last attempt failed, if it did. Nothing is lost by that: the log keeps what it holds and grows.
        self.error: sqlite3.Error | None = None

    def wrote(self, length_bytes: int) -> bool:
        """Count what a commit has added to the log; whether the writer should move what is left, which is little."""
        self._unmoved_bytes += length_bytes
        if self._has_moved:
            self._has_moved = self._is_busy = False
            if self._unmoved_bytes <= CHECKPOINT_REST_MAX_BYTES:
                self._unmoved_bytes = 0
                return True
            self._begin()
        elif not self._is_busy and self._unmoved_bytes >= CHECKPOINT_INTERVAL_BYTES:
            self._begin()
        return False

    def close(self) -> None:
        """End the thread; a checkpoint that is under way is finished first."""
        if self._thread is not None:
            self._orders.put(False)
            self._thread.join()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
            self._thread.start()
        self._is_busy = True
        self._unmoved_bytes = 0
        self._orders.put(True)

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            while self._orders.get():
                self._move(connection)
                self._has_moved = True
        finally:
            connection.close()

    def _move(self, connection: sqlite3.Connection) -> None:
        try:
            # PASSIVE waits for no reader and blocks no writer.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self.error = None
        except sqlite3.Error as error:
            self.error = error

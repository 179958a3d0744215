"""Moves the write-ahead log into the database in a thread of its own, so that no commit ever waits for it.

Owns that thread and its connection. Knows the path of a database and nothing of what is in it.
"""

import sqlite3
import threading
from pathlib import Path

from multifeed.limits import CHECKPOINT_INTERVAL_BYTES


class Checkpointer:
    """Call `wrote` after each commit; every CHECKPOINT_INTERVAL_BYTES the log is moved into the database behind it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending_bytes = 0
        self._due = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        # Why the last attempt failed, if it did. Nothing is lost by that: the log keeps what it holds and grows.
        self.error: sqlite3.Error | None = None

    def wrote(self, length_bytes: int) -> None:
        """Count what a commit has added to the log."""
        self._pending_bytes += length_bytes
        if self._pending_bytes < CHECKPOINT_INTERVAL_BYTES:
            return
        self._pending_bytes = 0
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
            self._thread.start()
        self._due.set()

    def close(self) -> None:
        """End the thread; a checkpoint that is under way is finished first."""
        self._closing = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            while True:
                self._due.wait()
                self._due.clear()
                if self._closing:
                    return
                self._checkpoint(connection)
        finally:
            connection.close()

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        try:
            # PASSIVE waits for no reader and blocks no writer.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self.error = None
        except sqlite3.Error as error:
            self.error = error

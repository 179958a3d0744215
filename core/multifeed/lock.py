"""One writer: a lock of the operating system on a file beside the store.

The kernel releases it when the process ends, however it ends. Owns the lock file and the pid in it.
"""

import os
import sys
from pathlib import Path
from typing import Final, Self

from multifeed.errors import LockedError

if sys.platform == "win32":
    import msvcrt

    # A region that nobody writes, so that the pid before it stays readable for others.
    _LOCKED_BYTE: Final = 1 << 20

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        # flock, not lockf: a lock of a process on a file is lost as soon as it closes any descriptor of that file.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """Holds `path` locked until `release`, or until the process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Lock at once or raise LockedError with the pid of the holder; OSError if the file cannot be made."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _try_lock(descriptor)
        except OSError as error:
            pid = _read_pid(descriptor)
            os.close(descriptor)
            holder = f"process {pid}" if pid is not None else "another process"
            raise LockedError(f"{path.parent} is in use by {holder}", pid) from error
        lock = cls(descriptor)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except OSError:
            lock.release()
            raise
        return lock

    def release(self) -> None:
        """Let others in. The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _read_pid(descriptor: int) -> int | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 20)
    return int(text) if text.isdigit() else None

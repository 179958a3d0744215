"""A disk on which no file grows any more: every write that would is an I/O error, until it is mended."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def io_errors(pid: int = 0) -> Iterator[None]:
    """While this lasts, writes of the process `pid` (0: of this one) to any regular file fail with EFBIG."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

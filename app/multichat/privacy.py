"""Who else on this machine can get at what we keep: nobody, or it is said.

Owns the permissions of files and directories. Knows none of them by name. On Windows there are none of this kind: what
lies below a user's own directory is that user's by inheritance, and nothing is looked at or changed.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

HAS_PERMISSIONS: Final = os.name == "posix"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_private(directory: Path) -> None:
    """Make a directory, and those above it that are missing, for its owner alone. Raises OSError."""
    if not directory.is_dir():
        make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def open_to_others(paths: Iterable[Path]) -> list[Path]:
    """Those of `paths` that somebody else may read, change or enter; what is not there is nobody's."""
    return [path for path in paths if HAS_PERMISSIONS and _mode(path) & _OTHERS]


def close_to_others(paths: Iterable[Path]) -> list[Path]:
    """Leave `paths` to their owner alone. Returns those that are not ours to close."""
    refused = []
    for path in open_to_others(paths):
        try:
            path.chmod(_mode(path) & ~_OTHERS)
        except OSError:
            refused.append(path)
    return refused


def everything_below(directory: Path) -> Iterator[Path]:
    """A directory and all that is in it; what a link leads to is somewhere else."""
    yield directory
    for inside, directories, files in os.walk(directory):
        yield from (Path(inside, name) for name in (*directories, *files) if not Path(inside, name).is_symlink())


def _mode(path: Path) -> int:
    with suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    return 0

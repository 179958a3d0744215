"""A disk that is soon full: a tmpfs of 2 MiB, half of which is a file that can be deleted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BALLAST_BYTES = 1 << 20


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """Mounted at `directory`, which is made. Where that cannot be, a test is skipped; in CI it fails."""
    directory.mkdir()
    problem = _mount(directory)
    if problem and os.environ.get("CI"):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)
    try:
        (directory / "ballast").write_bytes(bytes(_BALLAST_BYTES))
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def make_room(disk: Path) -> None:
    """Delete what fills half of the disk."""
    (disk / "ballast").unlink()


def _mount(directory: Path) -> str:
    """What went wrong; nothing, if nothing did."""
    if sys.platform != "linux":
        return "a small disk is made by Linux's tmpfs"
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"a small disk cannot be mounted here: {done.stderr.strip()}" if done.returncode else ""

"""The JavaScript multifeed, to compare with.

Runs `node bench.js MESSAGES` in a directory that somebody has prepared: beside that program, the packages that it needs
are installed. It prints one JSON object of the figures named here, measured between two ends in one process over
loopback, with chat messages of the same kind. It does not wait for the disk when it appends.
"""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_PROGRAM = "bench.js"


@dataclass(frozen=True)
class Theirs:
    """Figures by the names that the program gives them, and what was measured or why nothing was."""

    note: str
    values: dict[str, float] = field(default_factory=dict)


def measure(directory: Path | None, messages: int) -> Theirs:
    if directory is None:
        return _not_measured("no directory with it was named (--js DIRECTORY, or MULTICHAT_BENCH_JS)")
    if shutil.which("node") is None:
        return _not_measured("there is no node on this machine")
    if not (directory / _PROGRAM).exists() or not (directory / "node_modules").is_dir():
        return _not_measured(f"{directory} has no {_PROGRAM} with its packages installed")
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            ["node", _PROGRAM, str(messages)],
            cwd=directory,
            env=os.environ | {"TMPDIR": scratch},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return _not_measured(f"{_PROGRAM} failed: {done.stderr.strip()}")
    said = json.loads(done.stdout)
    versions = f"multifeed {said['multifeed']} on hypercore {said['hypercore']}"
    values = {name: float(value) for name, value in said.items() if isinstance(value, int | float)}
    return Theirs(f"{versions}, in one process, not waiting for the disk", values)


def _not_measured(reason: str) -> Theirs:
    return Theirs(f"not measured: {reason}")

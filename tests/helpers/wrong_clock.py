"""`python tests/helpers/wrong_clock.py FILE PYTHON -m MODULE...`: the same without FILE, with a clock that is wrong.

It is ahead of this machine's by the seconds that stand in FILE at the moment, and behind if they are negative.
"""

import runpy
import sys
import time
from pathlib import Path


def set_clock(path: Path, ahead_s: int) -> None:
    """Have the clocks of the programs that read this file be so far ahead."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(str(ahead_s))
    new.replace(path)


def main() -> None:
    path = Path(sys.argv[1])
    true_ns = time.time_ns

    def wrong_ns() -> int:
        return true_ns() + int(path.read_text()) * 10**9

    time.time_ns = wrong_ns
    time.time = lambda: wrong_ns() / 1e9
    module, sys.argv[:] = sys.argv[4], sys.argv[4:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

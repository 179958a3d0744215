"""Fuzzes what eats the bytes of peers: python -m tests.fuzz --seconds N [--target NAME] [--seed S].

Each target is run for N seconds, one after the other. One input again: --target NAME --replay HEX-OR-FILE.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.campaign import print_outcome, run_campaign
from tests.fuzz.targets import TARGETS


def main() -> int:
    """0 if nothing was found, 1 if something was, 2 for options that do not fit."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--seconds", type=int, help="how long each target is run")
    chosen.add_argument("--replay", metavar="HEX-OR-FILE", help="one input of --target; the exception comes out")
    parser.add_argument("--target", choices=TARGETS, help="only this one")
    parser.add_argument("--seed", type=int, default=0, help="what is tried")
    options = parser.parse_args()
    if options.replay is not None:
        if options.target is None:
            parser.error("--replay needs --target")
        try:
            data = _input(options.replay)
        except ValueError:
            parser.error("--replay is neither a file nor an input in hex")
        TARGETS[options.target].run(data)
        print("nothing comes out")
        return 0
    if find_spec("atheris") is None:
        parser.error("atheris is not installed: pip install -e '.[fuzz]'; it has wheels for Linux, Python 3.11 to 3.13")
    is_fine = True
    for target in [options.target] if options.target else TARGETS:
        outcome = run_campaign(target, options.seconds, options.seed)
        print_outcome(outcome)
        is_fine &= outcome.is_fine
    return 0 if is_fine else 1


def _input(text: str) -> bytes:
    path = Path(text) if len(text) < 256 else None
    return path.read_bytes() if path is not None and path.is_file() else bytes.fromhex(text)


if __name__ == "__main__":
    sys.exit(main())

"""Kills a writer again and again, by one seed: python -m tests.crash --rounds N --seed S."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash.rounds import run_rounds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--rounds", type=int, default=50, help="how often it is killed")
    parser.add_argument("--seed", type=int, default=0, help="when, and what it does until then")
    options = parser.parse_args()
    with TemporaryDirectory() as directory:
        found = run_rounds(Path(directory), options.rounds, options.seed)
    print(f"{options.rounds} rounds, {found} acknowledged blocks, none missing")


if __name__ == "__main__":
    main()

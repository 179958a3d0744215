"""Runs rooms by many seeds, or one again: python -m tests.simulation [--scenario NAME] --seeds N | --seed S."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from typing import Final

from tests.simulation.scenarios import blocks_hold, mesh_heals
from tests.simulation.troubles import room_survives

SCENARIOS: Final[dict[str, Callable[[int], None]]] = {
    "troubles": room_survives,
    "mesh": mesh_heals,
    "blocks": blocks_hold,
}


def replay_command(scenario: str, seed: int) -> str:
    """What to type to see one seed again."""
    return f"PYTHONHASHSEED=0 PYTHONPATH=core:app python -m tests.simulation --scenario {scenario} --seed {seed}"


def run(scenario: str, seed: int) -> None:
    """Run one seed; says how to see it again if it fails."""
    try:
        SCENARIOS[scenario](seed)
    except BaseException:
        print(f"seed {seed} failed; see it again with: {replay_command(scenario, seed)}", file=sys.stderr)
        raise


def _is_fine(scenario: str, seed: int) -> bool:
    try:
        run(scenario, seed)
    except Exception:  # noqa: BLE001 (whatever it is, the other seeds are still to be run)
        traceback.print_exc()
        return False
    return True


def main() -> int:
    """0 if every seed is fine, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--scenario", choices=SCENARIOS, default="troubles")
    parser.add_argument("--first", type=int, default=0, help="where to begin with --seeds")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--seeds", type=int, help="run so many seeds")
    chosen.add_argument("--seed", type=int, help="run one seed")
    options = parser.parse_args()
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    began_s = time.monotonic()
    failed = [seed for seed in seeds if not _is_fine(options.scenario, seed)]
    print(f"{len(seeds) - len(failed)} of {len(seeds)} seeds are fine, in {time.monotonic() - began_s:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

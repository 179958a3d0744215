"""Runs the mesh by many seeds, or one again: python -m tests.simulation --seeds N | --seed S."""

import argparse
import sys
import traceback

from tests.simulation.scenarios import mesh_heals, replay_command


def _is_fine(seed: int) -> bool:
    try:
        mesh_heals(seed)
    except Exception:  # noqa: BLE001 (whatever it is, the other seeds are still to be run)
        traceback.print_exc()
        print(f"seed {seed} failed; see it again with: {replay_command(seed)}", file=sys.stderr)
        return False
    return True


def main() -> int:
    """0 if every seed is fine, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--seeds", type=int, help="run the first N seeds")
    chosen.add_argument("--seed", type=int, help="run one seed")
    options = parser.parse_args()
    seeds = [options.seed] if options.seed is not None else range(options.seeds)
    failed = [seed for seed in seeds if not _is_fine(seed)]
    print(f"{len(seeds) - len(failed)} of {len(seeds)} seeds are fine")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

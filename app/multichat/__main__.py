"""The command `multichat`, and `python -m multichat`."""

import gc
import sys


def main() -> int:
    """Run the program; returns its exit code."""
    # Nothing of what is imported is garbage: to look for some costs a fiftieth of the time until there is a screen.
    gc.disable()
    from multichat.cli import main as run  # noqa: PLC0415 (see above)

    gc.freeze()
    gc.enable()
    return run()


if __name__ == "__main__":
    sys.exit(main())

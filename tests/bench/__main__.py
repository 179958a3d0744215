"""`python -m tests.bench [log] [program]`: measure, and print tables."""

import sys

from tests.bench import log, program

_BENCHES = {"program": program.run, "log": log.run}


def main(names: list[str]) -> int:
    unknown = set(names) - set(_BENCHES)
    if unknown:
        print(f"there is {', '.join(_BENCHES)}; not {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for name in names or _BENCHES:
        _BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

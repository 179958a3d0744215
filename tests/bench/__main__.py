"""`python -m tests.bench [NAME]...`: measure, and print tables; all of them if none is named."""

import argparse
import os
import sys
from pathlib import Path

from tests.bench import hostile, interface, log, program, replication, search

_NAMES = ("program", "interface", "replication", "log", "search", "hostile")
_JS_VARIABLE = "MULTICHAT_BENCH_JS"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument(
        "--js",
        type=Path,
        default=os.environ.get(_JS_VARIABLE) or None,
        metavar="DIRECTORY",
        help=f"where bench.js of the JavaScript multifeed and its packages are ({_JS_VARIABLE})",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(_NAMES)}")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(_NAMES)
    if unknown:
        parser.error(f"there is {', '.join(_NAMES)}; not {', '.join(sorted(unknown))}")
    for name in options.names or _NAMES:
        _measure(name, options.js)
    return 0


def _measure(name: str, js_directory: Path | None) -> None:
    match name:
        case "program":
            program.run()
        case "replication":
            replication.run(js_directory)
        case "log":
            log.run()
        case "interface":
            interface.run()
        case "search":
            search.run()
        case "hostile":
            hostile.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

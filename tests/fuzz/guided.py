"""One target under atheris, in a process of its own, since libFuzzer ends the process: python -m tests.fuzz.guided.

Owns how atheris is used: what it counts the branches of, and how inputs are changed. Started by the command; its
arguments are the target and the options of libFuzzer.
"""

import sys
from random import Random
from typing import Final

import atheris

# Whatever is imported in here is counted; so nothing of it may have been imported before.
with atheris.instrument_imports(include=["multifeed", "multichat"]):
    from tests.fuzz.corpus import seeds
    from tests.fuzz.targets import TARGETS

# Of the inputs, how many are changed by libFuzzer itself, which knows what was compared with what.
_PLAIN_SHARE: Final = 0.3


def main(name: str, options: list[str]) -> None:
    """Run the target until libFuzzer has enough; does not return."""
    target = TARGETS[name]
    others = seeds(name)

    def change(data: bytes, length_max: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < _PLAIN_SHARE:
            changed: bytes = atheris.Mutate(data, length_max)
            return changed
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data = target.changed(rng, data, others)
        return data[:length_max]

    atheris.Setup([sys.argv[0], f"-max_len={target.length_max_bytes}", *options], target.run, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""`python -m tests.helpers.screenshots`: all pictures of the program, into screenshots/.

They are drawn from a real run with words, keys and a clock of their own: the same bytes in every run and on every
machine, so that a test can tell whether those that are there are still true.
"""

import asyncio
from pathlib import Path
from typing import Final

from tests.helpers.picture_scenes import pictures
from tests.helpers.picture_story import talk

FOLDER: Final = Path(__file__).parents[2] / "screenshots"

COMMAND: Final = "python -m tests.helpers.screenshots"


async def made() -> dict[str, str]:
    """Every picture by the name of its file."""
    still = {f"{name}.svg": svg async for name, svg in pictures()}
    return {**still, "talk.svg": await talk()}


def main() -> None:
    for name, svg in asyncio.run(made()).items():
        (FOLDER / name).write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

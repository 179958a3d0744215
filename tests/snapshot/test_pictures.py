"""The pictures in screenshots/ and in the README: those of today, and nothing in them that a page would not show."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.helpers.drawing import CELL_HEIGHT
from tests.helpers.screenshots import COMMAND, FOLDER, made

_README = Path(__file__).parents[2] / "README.md"

pictures = pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)


async def test_every_picture_shows_the_program_of_today() -> None:
    expected = await made()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    differing = [name for name in {**there, **expected} if there.get(name) != expected.get(name)]
    assert differing == [], f"the program looks otherwise now; see whether it should, then run {COMMAND}"


def test_the_readme_shows_every_picture_and_none_that_is_not_there() -> None:
    shown = re.findall(r"screenshots/([^)\"\s]+)", _README.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(path.name for path in FOLDER.iterdir())


@pictures
def test_a_picture_fetches_nothing_and_runs_nothing(path: Path) -> None:
    names = {element.tag.rpartition("}")[2] for element in ET.parse(path).iter()}  # noqa: S314 (a file of our own)
    assert names <= {"svg", "title", "style", "g", "rect", "circle", "path", "text"}
    # Whatever is said in it stands between two tags.
    code = re.sub(r">[^<>]*</text>", "/>", path.read_text(encoding="utf-8")).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"href|url\(|@import|@font-face|://", code)


def test_in_the_moving_picture_a_line_shows_one_thing_at_a_time_and_the_still_one_is_a_moment_of_it() -> None:
    text = (FOLDER / "talk.svg").read_text(encoding="utf-8")
    assert len(text.encode()) < 400_000
    timings = {
        name: [(float(at), state == "visible") for at, state in re.findall(r"([\d.]+)%\{visibility:(\w+)\}", steps)]
        for name, steps in re.findall(r"@keyframes (\w+)\{((?:[\d.]+%\{\w+:\w+\})+)\}", text)
    }
    lines = [
        (int(y) // CELL_HEIGHT, classes == "v w", timings[name])
        for classes, name, y in re.findall(r'<g class="([vw ]+)" style="animation-name:(\w+)">.*? y="(\d+)"', text)
    ]
    moments = sorted({at for steps in timings.values() for at, _ in steps})
    assert len(moments) > 20
    screens = [{number for number, line in enumerate(lines) if _is_seen(line[2], at)} for at in moments]
    for screen in screens:
        numbers = [lines[number][0] for number in screen]
        assert len(numbers) == len(set(numbers))
    assert {number for number, line in enumerate(lines) if line[1]} in screens


def _is_seen(steps: list[tuple[float, bool]], at: float) -> bool:
    """Whether a line with these steps, the first of which is at the start, is seen."""
    assert steps[0][0] == 0
    assert all(earlier[1] != later[1] for earlier, later in pairwise(steps))
    return [state for start, state in steps if start <= at][-1]


def test_whoever_wants_no_movement_sees_none() -> None:
    assert "@media (prefers-reduced-motion:reduce){.v{animation:none}}" in (FOLDER / "talk.svg").read_text("utf-8")

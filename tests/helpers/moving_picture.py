"""A moving picture: screens one after the other, again and again, in one SVG.

Owns how the screens share what they have in common: each line is there once for everything that it ever shows, and
style sheets say when that is seen. Without movement, where that is asked for or not known, one screen stands still.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from textual.app import App

from tests.helpers.drawing import window


class Frame(NamedTuple):
    """The lines of a screen (see `drawing.rows_of`) and for how long they are seen."""

    rows: tuple[str, ...]
    length_ms: int


def moving(app: App[int], title: str, frames: Sequence[Frame], still: tuple[str, ...]) -> str:
    """`frames` in a window like that of `app`; `still` are the lines of the one that stands where nothing moves."""
    starts_ms = [0, *accumulate(frame.length_ms for frame in frames)]
    total_ms = starts_ms[-1]
    timings: dict[str, str] = {}
    lines = []
    for y, row in enumerate(still):
        for content in dict.fromkeys(frame.rows[y] for frame in frames):
            is_seen = [frame.rows[y] == content for frame in frames]
            if not content:
                continue
            if all(is_seen):
                lines.append(content)
                continue
            steps = "".join(_steps(is_seen, starts_ms))
            name = timings.setdefault(steps, f"t{len(timings)}")
            lines.append(f'<g class="{"v w" if content == row else "v"}" style="animation-name:{name}">{content}</g>')
    return window(app, title, "\n".join(lines), "".join(_styles(timings, total_ms)))


def _steps(is_seen: Sequence[bool], starts_ms: Sequence[int]) -> Iterator[str]:
    """When a line appears and disappears, in hundredths of the whole."""
    index = 0
    for seen, frames in groupby(is_seen):
        at = starts_ms[index] / starts_ms[-1] * 100
        yield f"{at:.3f}".rstrip("0").rstrip(".") + f"%{{visibility:{'visible' if seen else 'hidden'}}}"
        index += len(list(frames))


def _styles(timings: dict[str, str], total_ms: int) -> Iterable[str]:
    # Between two steps, everything is as after the first of them.
    yield f".v{{visibility:hidden;animation:{total_ms}ms step-end infinite}}.w{{visibility:visible}}"
    for steps, name in timings.items():
        yield f"@keyframes {name}{{{steps}}}"
    yield "@media (prefers-reduced-motion:reduce){.v{animation:none}}"

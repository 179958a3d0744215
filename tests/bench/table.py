"""Figures and how they are printed."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `target` says what it should be, empty if there is nothing to compare with.

    `theirs` is what another program comes to in the same unit, None if that was not measured.
    """

    what: str
    value: float
    unit: str
    target: str = ""
    theirs: float | None = None

    def cells(self) -> list[str]:
        return [self.what, f"{format_value(self.value)} {self.unit}", self.target]

    def compared_cells(self) -> list[str]:
        if self.theirs is None:
            return ["", ""]
        return [f"{format_value(self.theirs)} {self.unit}", format_value(self.value / self.theirs)]


def format_value(value: float) -> str:
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def print_table(title: str, figures: Sequence[Figure], *, theirs_note: str = "") -> None:
    """Print a table; with a note on what others are, and two columns for them if there is anything in these."""
    rows = [figure.cells() for figure in figures]
    if any(figure.theirs is not None for figure in figures):
        rows = [row + figure.compared_cells() for row, figure in zip(rows, figures, strict=True)]
        rows.insert(0, ["", "ours", "target", "JavaScript", "ours/theirs"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}")
    for what, value, target, *theirs in rows:
        line = f"  {what:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}"
        for cell, width in zip(theirs, widths[3:], strict=True):
            line += f"  {cell:>{width}}"
        print(line.rstrip(), flush=True)
    if theirs_note:
        print(f"  JavaScript: {theirs_note}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def median_seconds(work: Callable[[int], object], count: int) -> float:
    """The median time of `work(i)` for i in range(count)."""
    times_s = []
    for number in range(count):
        start_s = time.perf_counter()
        work(number)
        times_s.append(time.perf_counter() - start_s)
    return statistics.median(times_s)

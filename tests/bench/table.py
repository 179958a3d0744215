"""Figures and how they are printed."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `target` says what it should be, empty if there is nothing to compare with."""

    what: str
    value: float
    unit: str
    target: str = ""

    def cells(self) -> tuple[str, str, str]:
        return self.what, f"{format_value(self.value)} {self.unit}", self.target


def format_value(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def print_table(title: str, figures: Sequence[Figure]) -> None:
    rows = [figure.cells() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print(f"\n{title}")
    for what, value, target in rows:
        print(f"  {what:<{widths[0]}}  {value:>{widths[1]}}  {target}".rstrip(), flush=True)


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

"""Why one sees whom one sees, as it is at this moment.

Owns how findings are arranged. What they mean is decided elsewhere.
"""

from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from multichat.model.finding import Finding
from multichat.screens.panel import PanelScreen, indented

_INTERVAL_S: Final = 1.0
_PROBLEM: Final = ("\N{BALLOT X} ", "bold $text-error")
_FINE: Final = ("\N{CHECK MARK} ", "$text-success")


class DoctorScreen(PanelScreen):
    """Looks again every second."""

    def __init__(self, diagnose: Callable[[], Sequence[Finding]]) -> None:
        super().__init__("Who is found, and how", "--doctor looks closer")
        self._diagnose = diagnose

    def on_mount(self) -> None:
        """Look, and go on looking."""
        super().on_mount()
        self.set_interval(_INTERVAL_S, self.show)

    def content(self, width: int) -> Content:
        """A paragraph for each finding."""
        return Content("\n").join(_shown(finding, width) for finding in self._diagnose())


def _shown(finding: Finding, width: int) -> Content:
    shown = Content.assemble(_PROBLEM if finding.is_problem else _FINE, indented(finding.said, width))
    if not finding.advice:
        return shown
    advice = f"{finding.advice[:1].upper()}{finding.advice[1:]}."
    return Content.assemble(shown, "\n  ", (indented(advice, width), "$foreground 70%"))

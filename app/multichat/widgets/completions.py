"""The place above the composer: what the word before the cursor may become, or something said about what one writes.

Owns which candidate is chosen, and how the rows are painted. Knows neither the text nor the keys. It lies over what is
above it, so that nothing moves when it comes and goes, and never over the composer.
"""

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from multichat.limits import CANDIDATES_MAX
from multichat.model.completion import Candidate, Completion, Kind
from multichat.widgets.wrapping import shorten, wrap

_ROWS_MAX: Final = 6
_GAP: Final = 2
# A row has a cell free at either end.
_MARGINS: Final = 2
# Of a row too short for both parts, what stands first leaves this much for what is said beside it.
_NOTE_WIDTH_MIN: Final = 12


class Hint(NamedTuple):
    """Something said in this place: what it is about, and what there is to know."""

    label: str
    note: str


class Completions(Widget):
    """A list to choose from, a hint, or nothing. `pick` is called with the candidate that was clicked on."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "completions--label",
        "completions--note",
        "completions--chosen",
        "completions--chosen-note",
    }
    DEFAULT_CSS = """
    Completions {
        overlay: screen;
        offset-y: -100%;
        height: auto;
        display: none;
        background: $panel;

        .completions--label { color: $text; }
        .completions--note { color: $text-muted; }
        .completions--chosen { background: $primary 25%; color: auto; text-style: bold; }
        .completions--chosen-note { background: $primary 25%; color: auto 70%; }

        &:nocolor .completions--chosen { text-style: bold reverse; }
        &:nocolor .completions--chosen-note { text-style: reverse; }
    }
    """

    def __init__(self, pick: Callable[[int], None]) -> None:
        super().__init__()
        self._pick = pick
        self._completion: Completion | None = None
        self._hint: Hint | None = None
        self._chosen: int | None = None
        self._dismissed: tuple[Kind, int] | None = None

    @property
    def completion(self) -> Completion | None:
        """What one may choose from now."""
        return self._completion

    @property
    def chosen(self) -> int | None:
        """Which candidate is chosen, if one is."""
        return self._chosen

    @property
    def is_open(self) -> bool:
        """Whether anything is shown."""
        return self._completion is not None or self._hint is not None

    def offer(self, completion: Completion | None, hint: Hint | None) -> None:
        """Show what the word may become, unless that was dismissed, or it is whole and there is a hint; else the hint.

        The first command is chosen, as one does not send half a command; nothing else is until one chooses.
        """
        if _word_of(completion, hint) != self._dismissed:
            self._dismissed = None
        if self._dismissed is not None:
            self._show(None, None, None)
        elif completion is None or (completion.is_whole and hint):
            self._show(None, hint, None)
        else:
            is_half_command = completion.kind is Kind.COMMAND and not completion.is_whole
            self._show(completion, hint, 0 if is_half_command else None)

    def ask(self, question: Hint) -> None:
        """Show `question` until something else is offered."""
        self._show(None, question, None)

    def show_taken(self, completion: Completion, index: int) -> None:
        """Show which candidate stands in the text now, and what else could."""
        self._show(completion, None, index)

    def move(self, step: int) -> None:
        """Choose the next candidate, or the one before; the last is followed by the first."""
        if self._completion is not None:
            count = len(self._completion.candidates)
            before = (-1 if step > 0 else count) if self._chosen is None else self._chosen
            self._show(self._completion, self._hint, (before + step) % count)

    def dismiss(self) -> None:
        """Show nothing, and nothing again while it would be for the same word."""
        self._dismissed = _word_of(self._completion, self._hint)
        self._show(None, None, None)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many rows as there are; the composer may have a third of the screen, and none of it is covered."""
        rows = len(self._completion.candidates) if self._completion else len(self._hint_rows(width))
        return max(min(rows, _ROWS_MAX, viewport.height - max(viewport.height // 3, 1)), 1)

    def render_line(self, y: int) -> Strip:
        """A candidate, or a part of the hint."""
        if self._completion is None:
            rows = self._hint_rows(self.size.width)
            return (
                self._row(rows[y], cell_len(rows[y].label))
                if y < len(rows)
                else Strip.blank(self.size.width, self.rich_style)
            )
        index = self._first + y
        candidates = self._completion.candidates
        if index >= len(candidates):
            return Strip.blank(self.size.width, self.rich_style)
        is_cut = y == self.size.height - 1 and len(candidates) > self.size.height
        return self._row(
            candidates[index],
            self._label_width,
            is_chosen=index == self._chosen,
            tail=_count_text(len(candidates)) if is_cut else "",
        )

    def on_click(self, event: events.Click) -> None:
        """Pick what is under the pointer."""
        event.stop()
        index = self._first + event.y
        if self._completion is not None and index < len(self._completion.candidates):
            self._pick(index)

    def _show(self, completion: Completion | None, hint: Hint | None, chosen: int | None) -> None:
        shown = (self._completion, self._hint)
        self._completion, self._hint, self._chosen = completion, hint, chosen
        self.display = self.is_open
        self.refresh(layout=shown != (completion, hint))

    @property
    def _first(self) -> int:
        """Which candidate stands in the first row: those around the chosen one are seen."""
        if self._completion is None or self._chosen is None:
            return 0
        hidden = len(self._completion.candidates) - self.size.height
        return min(max(self._chosen - self.size.height // 2, 0), max(hidden, 0))

    @property
    def _label_width(self) -> int:
        candidates = self._completion.candidates if self._completion else ()
        widest = max((cell_len(candidate.label) for candidate in candidates), default=0)
        has_notes = any(candidate.note for candidate in candidates)
        return min(widest, self.size.width - _MARGINS - (_GAP + _NOTE_WIDTH_MIN if has_notes else 0))

    def _hint_rows(self, width: int) -> list[Hint]:
        """One row where it fits."""
        if self._hint is None:
            return []
        width -= _MARGINS
        if cell_len(self._hint.label) + _GAP + cell_len(self._hint.note) <= width:
            return [self._hint]
        labels = [Hint(row.rstrip(), "") for row in wrap(self._hint.label, width)]
        return [*labels, *(Hint("", row.rstrip()) for row in wrap(self._hint.note, width))]

    def _row(self, row: Candidate | Hint, label_width: int, *, is_chosen: bool = False, tail: str = "") -> Strip:
        label_style, note_style = self._styles_of(is_chosen=is_chosen)
        # The whole of a picture, even where a terminal might draw it wider: its name stands in its place beside it.
        label = row.label if cell_len(row.label) <= label_width else shorten(row.label, max(label_width, 1))
        gap = " " * (label_width - cell_len(label) + _GAP) if label and row.note else ""
        left = self.size.width - _MARGINS - cell_len(label) - len(gap)
        if len(tail) > left - (_NOTE_WIDTH_MIN if row.note else 0):
            tail = ""
        left = max(left - len(tail), 0)
        note = shorten(row.note, left) if row.note and left else ""
        space = " " * (left - cell_len(note))
        segments = [Segment(f" {label}{gap}", label_style), Segment(f"{note}{space}{tail} ", note_style)]
        return Strip(segments).adjust_cell_length(self.size.width, note_style)

    def _styles_of(self, *, is_chosen: bool) -> tuple[Style, Style]:
        style = self.get_component_rich_style
        if is_chosen:
            return style("completions--chosen"), style("completions--chosen-note")
        return style("completions--label"), style("completions--note")


def _count_text(count: int) -> str:
    return " " * _GAP + (f"{count} in all" if count < CANDIDATES_MAX else f"{count} or more")


def _word_of(completion: Completion | None, hint: Hint | None) -> tuple[Kind, int] | None:
    if completion is not None:
        return completion.kind, completion.start
    # What is said about a command belongs to its name, which stands first.
    return (Kind.COMMAND, 0) if hint else None

"""The place above the composer: what the word before the cursor may become, or what is said about what one writes.

Owns which candidate is chosen, and how the rows are painted. Knows neither the text nor the keys. It lies over what is
above it, so that nothing moves when it comes and goes, and never over the composer.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from multichat.model.completion import Completion, Kind

_ROWS_MAX: Final = 6
_GAP: Final = "  "
# Of a row too short for both parts, what stands first leaves this much for the other.
_NOTE_WIDTH_MIN: Final = 12


@dataclass(frozen=True, slots=True)
class Hint:
    """Something said in this place: what it is about, and what there is to know."""

    label: str
    note: str


class Completions(Widget):
    """A list to choose from, a hint, or nothing."""

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

        .completions--label { color: $foreground; }
        .completions--note { color: $foreground 65%; }
        .completions--chosen { background: $primary 35%; color: $foreground; text-style: bold; }
        .completions--chosen-note { background: $primary 35%; color: $foreground 85%; }
    }
    """

    @dataclass
    class Picked(Message):
        """Posted when the candidate at `index` was clicked on."""

        index: int

    def __init__(self) -> None:
        super().__init__()
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

    def offer(self, completion: Completion | None, hint: Hint | None = None) -> None:
        """Show what there is for the text as it is now, unless it was dismissed for the same word; else the hint."""
        word = (completion.kind, completion.start) if completion else None
        if word != self._dismissed:
            self._dismissed = None
        is_list = completion is not None and self._dismissed is None and not (completion.is_whole and hint)
        self._show(completion if is_list else None, hint)
        if self._completion is not None and self._completion.kind is Kind.COMMAND and not self._completion.is_whole:
            self._chosen = 0

    def show_choice(self, completion: Completion, chosen: int) -> None:
        """Show that the candidate at `chosen` stands in the text, and what else could."""
        self._show(completion, None)
        self._chosen = chosen

    def move(self, step: int) -> None:
        """Choose the next candidate, or the one before; the list is a ring."""
        if self._completion is not None:
            count = len(self._completion.candidates)
            before_first = -1 if step > 0 else count
            self._chosen = ((before_first if self._chosen is None else self._chosen) + step) % count
            self.refresh()

    def dismiss(self, completion: Completion | None) -> None:
        """Show nothing, and no list for the word that `completion` is about until another one is written."""
        self._show(None, None)
        self._dismissed = (completion.kind, completion.start) if completion else None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are; the composer has a third of the screen, whatever is in it."""
        rows = len(self._completion.candidates) if self._completion else self._hint_rows(width)
        return max(min(rows, _ROWS_MAX, viewport.height - max(viewport.height // 3, 1)), 1)

    def render_line(self, y: int) -> Strip:
        """A candidate, or a part of the hint."""
        width = self.size.width
        if self._completion is None:
            return self._hint_line(y, width)
        candidates, first = self._completion.candidates, self._first_row()
        if first + y >= len(candidates):
            return Strip.blank(width, self.rich_style)
        is_chosen = first + y == self._chosen
        label_width = min(
            max(cell_len(_label(one)) for one in candidates), max(width - 2 - _NOTE_WIDTH_MIN, width // 2)
        )
        if not any(one.note for one in candidates):
            label_width = width - 2
        return self._line(candidates[first + y], label_width, is_chosen=is_chosen)

    def on_click(self, event: events.Click) -> None:
        """Pick what is under the pointer."""
        event.stop()
        index = self._first_row() + event.y
        if self._completion is not None and index < len(self._completion.candidates):
            self.post_message(self.Picked(index))

    def _show(self, completion: Completion | None, hint: Hint | None) -> None:
        if (completion, hint) != (self._completion, self._hint):
            self._completion, self._hint = completion, hint
            self.display = completion is not None or hint is not None
            self.refresh(layout=True)
        elif self._chosen is not None:
            self.refresh()
        self._chosen = None

"""A paste so long that it may be a mistake: it waits to be wanted. Pure.

Owns what counts as one, and where it belongs in a text that was written on meanwhile. Knows nothing of keys.
"""

from dataclasses import dataclass
from typing import Final, Self

from multichat.widgets.completions import Hint

# A stack trace or a list is meant; a whole file is likelier not to be.
_LINES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class LargePaste:
    """What was pasted, and the text around the cursor at that moment."""

    text: str
    before: str
    after: str

    @property
    def is_large(self) -> bool:
        """Whether one has to ask."""
        return self.line_count > _LINES_MAX

    @property
    def line_count(self) -> int:
        """How many lines there are; a line break at the end begins none."""
        return self.text.rstrip("\n").count("\n") + 1

    @property
    def question(self) -> Hint:
        """What one asks."""
        return Hint(f"Paste {self.line_count:,} lines?", "Enter inserts them, Escape drops them")

    def followed_by(self, text: str) -> Self:
        """This and what was pasted after it, before anybody answered."""
        return type(self)(self.text + text, self.before, self.after)

    def place_in(self, text: str, cursor: int) -> int:
        """Where it belongs in what is written by now: before what was typed since, if one can tell."""
        if text.startswith(self.before):
            return len(self.before)
        return len(text) - len(self.after) if text.endswith(self.after) else cursor

"""A box of text whose keys take effect at once, one after the other.

Owns how keys and pastes come into the text, and which keys are left to the screen because they move the conversation.
Knows nothing of what the text is for.
"""

from textual import events
from textual.actions import SkipAction
from textual.content import Content
from textual.widgets import TextArea

from multichat.model.text import sanitise_text, unisolated


class TextBox(TextArea):
    """A plain text area that grows with its text."""

    ALLOW_MAXIMIZE = False

    def __init__(self, text: str, placeholder: str) -> None:
        # As content: a string would be read as markup.
        super().__init__(
            text.replace("\r\n", "\n"),
            placeholder=Content(placeholder),
            compact=True,
            highlight_cursor_line=False,
            tab_behavior="focus",
        )
        self.match_cursor_bracket = False
        self.cursor_blink = False

    @property
    def cursor_index(self) -> int:
        """How many characters stand before the cursor."""
        return self.index_of(self.cursor_location)

    def index_of(self, location: tuple[int, int]) -> int:
        """How many characters stand before a line and a column."""
        return len(self.document.get_text_range((0, 0), location))

    def location_of(self, index: int) -> tuple[int, int]:
        """The line and the column of the character at `index`."""
        before = self.text[:index]
        return before.count("\n"), index - (before.rfind("\n") + 1)

    def write(self, text: str) -> None:
        """Put `text` in the place of what is selected, as the keyboard would."""
        self._put(text, *self.selection)

    def write_between(self, text: str, start: int, end: int) -> None:
        """Put `text` in the place of the characters from `start` to `end`, and the cursor behind it."""
        self._put(text, self.location_of(start), self.location_of(end))

    def write_all(self, text: str) -> None:
        """Put `text` in the place of everything."""
        self._put(text, (0, 0), self.document.end)

    def written(self, character: str) -> None:
        """Called when `character` was typed and is in the text."""

    def pasted(self, text: str) -> None:
        """Called with what is pasted, which cannot steer the terminal."""
        self.write(text)

    def action_paste(self) -> None:
        """Like a paste by the terminal."""
        self.pasted(_harmless(self.app.clipboard))

    def action_cursor_page_up(self) -> None:
        """Leave the key to the conversation."""
        raise SkipAction

    def action_cursor_page_down(self) -> None:
        """Leave the key to the conversation."""
        raise SkipAction

    def action_cursor_line_start(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Go to the start of the line; leave the key to the conversation if nothing is written."""
        if not self.text:
            raise SkipAction
        super().action_cursor_line_start(select)

    def action_cursor_line_end(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Go to the end of the line; leave the key to the conversation if nothing is written."""
        if not self.text:
            raise SkipAction
        super().action_cursor_line_end(select)

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what the key is bound to.

        Left to Textual, a key takes effect when those after it are already written: over a slow line, where keys come
        in bursts, Enter would send what is not there yet and Backspace delete the wrong letter.
        """
        if event.is_printable and event.character is not None:
            await super()._on_key(event)
            self.written(event.character)
            return
        # As the user wants the keys to be, which our own list does not say.
        bound = self.screen.active_bindings.get(event.key)
        if bound is not None and bound.node is self and await self.app.run_action(bound.binding.action, self):
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert all of it, without what could steer the terminal."""
        event.stop()
        event.prevent_default()
        self.pasted(_harmless(event.text))

    def _put(self, text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        result = self.replace(text, start, end, maintain_selection_offset=False)
        self.move_cursor(result.end_location)


def _harmless(text: str) -> str:
    # Terminals paste a line break as they would send the Enter key.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return unisolated(sanitise_text(lines, len(lines)))

"""Where one writes.

Owns what the keys do to the text: Enter sends, Shift+Enter and Ctrl+J break the line. Keys that scroll are left to the
screen. Knows nothing of the room.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from multichat.model.text import sanitise_text
from multichat.widgets.wrapping import unisolated


class Composer(TextArea):
    """A box of text that grows with what is written in it."""

    ALLOW_MAXIMIZE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", show=False),
        Binding("shift+enter,ctrl+j,alt+enter", "break_line", "New line", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """Posted when `text` is to be sent; the box is empty already, for what is written next."""

        text: str

    def __init__(self, placeholder: str) -> None:
        # As content: a string would be read as markup, and it names the room.
        super().__init__(
            placeholder=Content(placeholder), compact=True, highlight_cursor_line=False, tab_behavior="focus"
        )
        self.match_cursor_bracket = False
        self.cursor_blink = False

    def action_submit(self) -> None:
        """Ask for the text to be sent, if there is any; empty lines around it are not meant."""
        text = self.text.rstrip().lstrip("\n")
        if text:
            self.clear()
            self.post_message(self.Submitted(text))

    def give_back(self, text: str) -> None:
        """Put `text`, which was not sent, before what has been written since."""
        is_alone = not self.text
        self.insert(text if is_alone else f"{text}\n", (0, 0))
        if is_alone:
            self.move_cursor(self.document.end)

    def action_break_line(self) -> None:
        """Go on in a new line."""
        self._insert("\n")

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
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert all of it, without what could steer the terminal."""
        event.stop()
        event.prevent_default()
        # Terminals paste a line break as they would send the Enter key.
        lines = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self._insert(unisolated(sanitise_text(lines, len(lines))))

    def _insert(self, text: str) -> None:
        result = self.replace(text, *self.selection, maintain_selection_offset=False)
        self.move_cursor(result.end_location)

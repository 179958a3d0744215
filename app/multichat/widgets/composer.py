"""Where one writes.

Owns what one asks for with a key: Enter sends, Shift+Enter and Ctrl+J break the line, Up and Down call back what one
wrote before, Tab completes the word. Knows nothing of the room.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from multichat.keys import Place, bindings
from multichat.model.commands import COMMANDS, Command
from multichat.model.completion import Completion, complete, finished_shortcode, is_shortcode_begun, usage_at
from multichat.model.emoji import is_emoji_read, read_emoji
from multichat.model.recall import Recall
from multichat.widgets.completions import Completions, Hint
from multichat.widgets.key_names import told_keys
from multichat.widgets.large_paste import Pastes, is_large
from multichat.widgets.text_box import TextBox


class Composer(TextBox):
    """The box. Its `completions` are to stand right above it.

    Where they do not, nothing is offered and nothing asked, and Tab still completes. `nicknames` are whom one may speak
    to, those first who are likeliest; `draft` is what was begun before.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.COMPOSER)

    @dataclass
    class Submitted(Message):
        """Posted when `text` is to be sent; the box is empty already, for what is written next."""

        text: str

    def __init__(
        self,
        placeholder: str,
        *,
        recall: Recall | None = None,
        draft: str = "",
        nicknames: Callable[[], Iterable[str]] = tuple,
        commands: Sequence[Command] = COMMANDS,
    ) -> None:
        super().__init__(draft, placeholder)
        self.recall = recall or Recall()
        self.completions = Completions(self._pick)
        self._nicknames = nicknames
        self._commands = commands
        self._pastes = Pastes()
        self._is_reading_emoji = False
        # The text and the cursor that the completions are for, and the candidate that Tab has put there.
        self._followed: tuple[str, int, bool] | None = None
        self._taken: tuple[Completion, int] | None = None

    @property
    def draft(self) -> str:
        """What is being written, to be kept until it is sent."""
        return self.recall.draft(self.text)

    def on_mount(self) -> None:
        """Go on behind the draft."""
        self.move_cursor(self.document.end)

    def on_focus(self) -> None:
        """Offer again what fits."""
        self._follow(anew=True)

    def on_blur(self) -> None:
        """Offer nothing while the keys go elsewhere; a question stays."""
        if not self._pastes:
            self._taken = None
            self.completions.offer(None, None)

    def begin(self, text: str) -> None:
        """Have `text` written, for somebody to go on; what was being written is called back with Up."""
        self.recall.add(self.text.strip())
        self.text = text
        self.move_cursor(self.document.end)
        self.focus()

    def give_back(self, text: str) -> None:
        """Put `text`, which was not sent, before what has been written since."""
        self.recall.forget(text)
        is_alone = not self.text
        self.insert(text if is_alone else f"{text}\n", (0, 0))
        if is_alone:
            self.move_cursor(self.document.end)

    def written(self, character: str) -> None:
        """Put an emoji where its shortcode is written out."""
        if character == ":" and (found := finished_shortcode(self.text, cursor := self.cursor_index)):
            start, emoji = found
            self.write_between(emoji, start, cursor)

    def pasted(self, text: str) -> None:
        """Insert all of it; where it is long, once it is wanted."""
        if is_large(text) and self.completions.is_attached:
            self._pastes.add(text, self.index_of(min(self.selection)), self.text)
        else:
            self.write(text)
        self._follow(anew=True)

    def edit(self, edit: Edit) -> EditResult:
        """Change the text, and with it the places of what waits to be pasted."""
        if self._pastes:
            self._pastes.follow(self.text)
            self._pastes.edited(self.index_of(edit.top), self.index_of(edit.bottom), edit.text)
        return super().edit(edit)

    def action_submit(self) -> None:
        """Ask for the text to be sent, if there is any; empty lines around it are not meant.

        What is asked or chosen above comes first.
        """
        self._follow()
        chosen = self.completions.chosen
        if self._pastes:
            self._insert_pastes()
        elif chosen is not None and self._taken is None:
            self._pick(chosen)
        elif text := self.text.rstrip().lstrip("\n"):
            self.clear()
            self.recall.add(text)
            self.post_message(self.Submitted(text))

    def action_break_line(self) -> None:
        """Go on in a new line."""
        self.write("\n")

    def action_dismiss(self) -> None:
        """Drop what waits to be pasted, or close what is above; else leave the key to the screen."""
        self._follow()
        if self._pastes:
            self._pastes.take()
            self._follow(anew=True)
        elif self.completions.is_open:
            self.completions.dismiss()
            self._taken = None
        else:
            raise SkipAction

    def action_complete(self, step: int) -> None:
        """Complete the word before the cursor; pressed again, with the next candidate, or the one before."""
        self._follow()
        if self._taken is not None:
            completion, index = self._taken
            end = completion.start + len(completion.candidates[index].insert)
            self._take(completion, (index + step) % len(completion.candidates), end)
        elif found := self.completions.completion or self._complete(is_asked=True):
            first = 0 if step > 0 else len(found.candidates) - 1
            chosen = self.completions.chosen
            self._take(found, first if chosen is None else chosen, found.end)
        elif not self.text:
            raise SkipAction

    def action_cursor_up(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Choose above, or go up, or from the first line to what one wrote before."""
        self._follow()
        if not select and (self._choose(-1) or self._look_back()):
            return
        super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's signature
        """Like up."""
        self._follow()
        if not select and (self._choose(1) or self._look_forward()):
            return
        super().action_cursor_down(select)

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    def _show_what_fits(self) -> None:
        self._follow()

    def _follow(self, *, anew: bool = False) -> None:
        """Offer what fits the text as it is now.

        Called before a key takes effect, as well as after: keys that come in a burst find what they would have found.
        """
        now = (self.text, self.cursor_index, self.selection.is_empty)
        if now == self._followed and not anew:
            return
        self._followed, self._taken = now, None
        if not self.completions.is_attached:
            return
        self._pastes.follow(self.text)
        if self._pastes:
            self.completions.ask(self._question())
            return
        if is_shortcode_begun(self.text, self.cursor_index):
            self._have_emoji()
        usage = usage_at(self.text, self.cursor_index, self._commands)
        self.completions.offer(self._complete(), Hint(usage.usage, usage.help) if usage else None)

    def _complete(self, *, is_asked: bool = False) -> Completion | None:
        if not self.selection.is_empty or not (self.text or is_asked):
            return None
        return complete(
            self.text,
            self.cursor_index,
            commands=self._commands,
            nicknames=self._nicknames(),
            is_asked=is_asked,
            has_emoji=is_asked or is_emoji_read(),
        )

    def _have_emoji(self) -> None:
        """Have them read while one types on: no key waits for that, and none are offered until then."""
        if not (is_emoji_read() or self._is_reading_emoji):
            self._is_reading_emoji = True
            self.run_worker(self._read_emoji())

    async def _read_emoji(self) -> None:
        await asyncio.to_thread(read_emoji)
        if is_shortcode_begun(self.text, self.cursor_index):
            self._follow(anew=True)

    def _pick(self, index: int) -> None:
        """Take a candidate that is shown, and no other of them."""
        if (shown := self.completions.completion) is not None:
            self.write_between(shown.candidates[index].insert, shown.start, self.cursor_index)
            self._follow()

    def _take(self, completion: Completion, index: int, end: int) -> None:
        """Put a candidate in the place of what is written up to `end`, and show what else there is."""
        self.write_between(completion.candidates[index].insert, completion.start, end)
        self._follow()
        if len(completion.candidates) > 1:
            self._taken = (completion, index)
            if self.completions.is_attached:
                self.completions.show_taken(completion, index)

    def _choose(self, step: int) -> bool:
        """Whether there was something to choose from."""
        if self._taken is not None:
            self.action_complete(step)
        elif self.completions.completion is not None:
            self.completions.move(step)
        else:
            return False
        return True

    def _look_back(self) -> bool:
        if not self.navigator.is_first_wrapped_line(self.cursor_location):
            return False
        # The cursor stays in the first line, where the key goes on.
        return self._show_recalled(self.recall.older(self.text), is_back=True)

    def _look_forward(self) -> bool:
        if not self.navigator.is_last_wrapped_line(self.cursor_location):
            return False
        return self._show_recalled(self.recall.newer(self.text), is_back=False)

    def _show_recalled(self, text: str | None, *, is_back: bool) -> bool:
        if text is None:
            return False
        self.write_all(text)
        if is_back:
            self.move_cursor((0, len(self.document.get_line(0))))
        self._follow()
        # Up and Down walk on: they are not for choosing until one writes.
        self.completions.dismiss()
        return True

    def _question(self) -> Hint:
        told = told_keys(self.app, ("composer.send", "inserts them"), ("composer.close", "drops them"))
        return Hint(f"Paste {self._pastes.line_count:,} lines?", ", ".join(told))

    def _insert_pastes(self) -> None:
        for paste in reversed(self._pastes.take()):
            place = self.location_of(paste.place)
            if min(self.selection) == place:
                # It takes the place of what was selected when it came.
                self.write(paste.text)
            else:
                self.insert(paste.text, place)
        self._follow(anew=True)

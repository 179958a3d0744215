"""What can be searched for: all that can be done, and the themes.

Owns what is in the two lists and what is said of each entry. Does nothing itself: it hands a command to the screen that
takes commands, and everything else to the program.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Matcher, Provider
from textual.content import Content
from textual.markup import escape

from multichat.model.commands import COMMANDS
from multichat.themes import offered_themes

# What is found by what it does stands below what is found by its name.
_FOUND_BY_HELP: Final = 0.01


@runtime_checkable
class TakesCommands(Protocol):
    """A screen that does what the commands ask for."""

    def begin_command(self, name: str) -> None:
        """Do it, or have it written as far as it is known where something is still to be said."""


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    help: str
    do: Callable[[], Any]

    def match(self, matcher: Matcher) -> Hit | None:
        """This entry, if it is what is searched for, by its title or by what is said of it."""
        score, offsets = matcher.fuzzy_search.match(matcher.query, self.title)
        if score == 0:
            if matcher.query.lower() not in self.help.lower():
                return None
            score, offsets = _FOUND_BY_HELP, ()
        title = Content(self.title)
        for offset in offsets:
            title = title.stylize(matcher.match_style, offset, offset + 1)
        return Hit(score, title, self.do, self.title, escape(self.help))

    def discovered(self) -> DiscoveryHit:
        """This entry, among all others."""
        return DiscoveryHit(Content(self.title), self.do, self.title, escape(self.help))


class _Entries(Provider):
    def entries(self) -> Iterable[_Entry]:
        """What there is: nothing, unless a list has something."""
        return ()

    async def discover(self) -> Hits:
        for entry in self.entries():
            yield entry.discovered()

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self.entries():
            hit = entry.match(matcher)
            if hit is not None:
                yield hit


# What the program does on every screen: the name of a command that does the same, title, help, action.
#
# Of Textual's own, the panel of keys is left out for the help, which knows our words and the user's keys, and so is
# making one widget fill the screen, which ours do not.
_PROGRAM: Final = (
    ("help", "Help", "show what can be done, and the keys for it", "show_help"),
    ("theme", "Theme", "choose other colours", "choose_theme"),
    ("screenshot", "Screenshot", "save what is on the screen as a picture (SVG)", "screenshot"),
    ("quit", "Quit", "leave", "quit"),
)


class CommandEntries(_Entries):
    """Every slash command, where they are taken, and what the program itself does."""

    def entries(self) -> Iterable[_Entry]:
        """The commands first."""
        screen, app = self.screen, self.app
        commands = COMMANDS if isinstance(screen, TakesCommands) else ()
        if isinstance(screen, TakesCommands):
            for command in commands:
                yield _Entry(command.usage, command.help, partial(screen.begin_command, command.name))
        named = {command.name for command in commands}
        for name, title, text, action in _PROGRAM:
            if name not in named:
                yield _Entry(title, text, _action(app, action))


class ThemeEntries(_Entries):
    """The themes; the one in use is marked."""

    def entries(self) -> Iterable[_Entry]:
        """Ours, then Textual's."""
        for name in offered_themes():
            said = "in use" if name == self.app.theme else ""
            yield _Entry(name, said, _action(self.app, f"choose_theme({name!r})"))


def _action(app: App[object], action: str) -> Callable[[], Any]:
    return partial(app.run_action, action)

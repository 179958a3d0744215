"""What one can ask for with a slash, and how a line of the composer is read. Pure.

Owns the names, and the words that explain them. What a command does is the screen's.
"""

from typing import Final, NamedTuple

from multichat.errors import UsageError


class Command(NamedTuple):
    """Something that one can ask for: `/name arguments`. Where `arguments` are in brackets they may be left out."""

    name: str
    arguments: str
    help: str

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"/{self.name} {self.arguments}".rstrip()

    @property
    def needs_argument(self) -> bool:
        """Whether it makes no sense by itself."""
        return bool(self.arguments) and not self.arguments.startswith("[")


class Call(NamedTuple):
    """A command as it was written, with what stands behind its name."""

    command: Command
    argument: str


COMMANDS: Final = (
    Command("help", "", "show what can be done, and the keys for it"),
    Command("search", "[WORDS]", 'find what was said: words, "phrases", from:NAME, before: after: on:DATE'),
    Command("date", "DATE", "go to a day: 2026-11-24, 2026-11, 2026, today, yesterday"),
    Command("ahead", "", "show what is held aside, since its authors' clocks are ahead"),
    Command("me", "TEXT", "tell what you do"),
    Command("nick", "NAME", "be called something else from now on"),
    Command("who", "", "show who is here, and who was"),
    Command("whois", "[NAME]", "show whose name this is: the key as words, when they were here; without one, yours"),
    Command("verify", "NAME", "mark somebody's key as checked, as long as they are called so, or no more"),
    Command("mute", "NAME", "hide what somebody says, or show it again"),
    Command("block", "NAME", "hide somebody and keep nothing more that they say, or do again"),
    Command("notify", "all|mentions|none", "what rings while you look elsewhere, in this room"),
    Command("invite", "", "show how others join, and copy it"),
    Command("connect", "HOST[:PORT]", "connect to a peer by hand, and keep trying"),
    Command("export", "FILE", "write all that has been said to a .txt, .md, .html or .jsonl file"),
    Command("theme", "[NAME]", "choose the colours"),
    Command("doctor", "", "see why nobody is here, and what to do"),
    Command("quit", "", "leave"),
)
_BY_NAME: Final = {command.name: command for command in COMMANDS}


def read_line(text: str) -> Call | str:
    """What was written: a call of a command, or the text of a message; `//` begins a message with one slash.

    Raises UsageError for a command that there is not, and for one without what it needs.
    """
    if not text.startswith("/"):
        return text
    if text.startswith("//"):
        return text[1:]
    name, _, argument = text[1:].partition(" ")
    command = _BY_NAME.get(name.strip().lower())
    if command is None:
        raise UsageError(f"there is no command /{name.strip()}; /help shows them, and // begins a message with a slash")
    if command.needs_argument and not argument.strip():
        raise UsageError(f"{command.usage}: {command.help}")
    return Call(command, argument.strip())

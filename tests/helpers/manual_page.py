"""The manual page, made from the parser of the command line and the commands of the program.

Owns the form (the macros of man(7)) and what no argument says. Which arguments and commands there are is theirs to say.
"""

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from multichat import __version__
from multichat.model.commands import COMMANDS

# Where a Linux keeps them: the page is made once, for all platforms.
_DATA_DIR: Final = "~/.local/share/multichat"
_CONFIG_PATH: Final = "~/.config/multichat/config.toml"

_FILES: Final = (
    (
        _DATA_DIR,
        "The profiles, each with its rooms: histories, keys, drafts. Another platform has another place for it.",
    ),
    (_CONFIG_PATH, "Keys, theme and notices. Nothing ever writes to it."),
)
_ENVIRONMENT: Final = (
    ("XDG_DATA_HOME", "Where multichat/ with the profiles lies, instead of ~/.local/share."),
    ("XDG_CONFIG_HOME", "Where multichat/config.toml lies, instead of ~/.config."),
    ("NO_COLOR", "Whatever it is set to, everything is grey."),
    ("MULTICHAT_DEBUG", "Whatever it is set to, a defect of the program is shown with where it happened."),
)
_EXIT_CODES: Final = (("0", "Done."), ("1", "It could not be done; a line on stderr says why."), ("2", "Wrong usage."))

_WIDTH: Final = 72


def manual_page(parser: argparse.ArgumentParser, data_dir: str, config_path: str) -> str:
    """The page for `parser`, in whose words the two places of this machine stand."""
    page = "\n".join(_lines(parser))
    return page.replace(_escaped(config_path), _escaped(_CONFIG_PATH)).replace(_escaped(data_dir), _escaped(_DATA_DIR))


def _lines(parser: argparse.ArgumentParser) -> Iterator[str]:
    program = parser.prog
    yield f'.TH {program.upper()} 1 "" "{program} {__version__}" "User Commands"'
    yield from (".SH NAME", f"{program} \\- group chat for the terminal")
    yield from (".SH SYNOPSIS", f".B {program}", *_synopsis(parser))
    yield from (".SH DESCRIPTION", *_text(parser.description or ""))
    yield from (".PP", *_text("Inside, F1 shows every key, and Ctrl+P searches all that can be done."))
    yield ".SH OPTIONS"
    for group in parser._action_groups:
        yield from _group(parser, group)
    yield from (".SH COMMANDS", *_text("A line that begins with a slash asks for something, once the program runs."))
    yield from _items((command.usage, command.help) for command in COMMANDS)
    yield from (".SH FILES", *_items(_FILES))
    yield from (".SH ENVIRONMENT", *_items(_ENVIRONMENT))
    yield from (".SH EXIT STATUS", *_items(_EXIT_CODES))
    yield from (".SH EXAMPLES", ".nf", *map(_escaped, _examples(parser)), ".fi", "")


def _synopsis(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield "[\\fIOPTION\\fR]..."
    for action in parser._actions:
        if not action.option_strings:
            yield f"[\\fI{_escaped(_metavar(action))}\\fR]"


def _group(parser: argparse.ArgumentParser, group: argparse._ArgumentGroup) -> Iterator[str]:
    actions = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
    if not actions:
        return
    if group.title not in {"positional arguments", "options"}:
        yield f'.SS "{_escaped((group.title or "").capitalize())}"'
    for action in actions:
        yield from (".TP", _tag(action), *_text((action.help or "") % {**vars(action), "prog": parser.prog}))


def _tag(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f"\\fI{_escaped(_metavar(action))}\\fR"
    names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in action.option_strings)
    return f"{names} {value}".strip()


def _metavar(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _items(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in pairs:
        yield from (".TP", f"\\fB{_escaped(name)}\\fR", *_text(text))


def _examples(parser: argparse.ArgumentParser) -> list[str]:
    return [line.strip() for line in (parser.epilog or "").splitlines() if line.startswith(" ")]


def _text(text: str) -> Iterator[str]:
    """A sentence, in lines that are short enough for whoever reads the source."""
    sentence = text[:1].upper() + text[1:]
    ended = sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
    yield from map(_escaped, textwrap.wrap(ended, _WIDTH, break_on_hyphens=False, break_long_words=False))


def _escaped(text: str) -> str:
    """`text` without anything that would be a macro, an escape or a hyphen that nobody can type."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped

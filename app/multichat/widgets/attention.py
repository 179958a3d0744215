"""Calling somebody who looks elsewhere: the bell, and a notice of the desktop where the terminal has a way to one."""

import os
from typing import Final

from textual.app import App

from multichat.model.message import Message
from multichat.model.text import SafeText, sanitise_line

_LENGTH_MAX: Final = 120

# Terminals that take a title and a text; the others that take anything take a text alone.
_WITH_TITLE: Final = ("foot", "ghostty", "rxvt")

# What shows a notice may read it as markup, with links and pictures.
_NO_MARKUP: Final = str.maketrans("<>", "\u2039\u203a")


def call_for_attention(
    app: App[object], room: SafeText, author: SafeText, last: Message, count: int, *, rings: bool
) -> None:
    """Tell of new messages, of which this is the last, by `author`; without the bell unless it `rings`."""
    if rings:
        app.bell()
    text = sanitise_line(f"{author}: {last.text}", _LENGTH_MAX)
    if count > 1:
        text = sanitise_line(f"{count} new messages; {text}", _LENGTH_MAX)
    driver = app._driver  # noqa: SLF001 (Textual has no public way to a notice of the desktop)
    if driver is not None:
        title = sanitise_line(f"multichat, {room}", _LENGTH_MAX)
        driver.write(desktop_notice(title, text, os.environ))


def desktop_notice(title: SafeText, text: SafeText, environment: "os._Environ[str] | dict[str, str]") -> str:
    """The sequence that asks a terminal for a notice."""
    title, text = SafeText(title.translate(_NO_MARKUP)), SafeText(text.translate(_NO_MARKUP))
    program = environment.get("TERM_PROGRAM", "") or environment.get("TERM", "")
    if "VTE_VERSION" in environment or program.startswith(_WITH_TITLE):
        return f"\x1b]777;notify;{title.replace(';', ',')};{text}\x1b\\"
    return f"\x1b]9;{title}: {text}\x1b\\"

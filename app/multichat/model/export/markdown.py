"""What has been said, as Markdown. Pure.

Owns that nothing that anybody has said is Markdown or HTML: it reads as it was written, and structures nothing. Only an
address that is written out may be shown as a link to itself, which many readers do by themselves.
"""

import re
from collections.abc import Sequence
from typing import Final

from multichat.model.callings import Calling, callings_of
from multichat.model.export.form import Look
from multichat.model.message import Message

# Written like this, nobody takes it away at the ends of a line.
_SPACE: Final = "&nbsp;"

# What means something wherever it stands, to one reader or another: code, emphasis, links, HTML, entities, tables,
# strikethrough, formulas.
_ANYWHERE: Final = re.compile(r"[\\`*_\[\]<>&|~$^{}]")

# What means something where a line begins: headings, lists, rules, underlines of headings, directives.
_AT_THE_START: Final = re.compile(r"(?:[#+\-=:!@%]|\d+(?=[.)]))")

# A backslash at the end of a line breaks it there, and leaves the paragraph whole.
_BREAK: Final = "\\\n"


def escaped(text: str) -> str:
    """`text` as the inside of one paragraph that shows just that, line by line."""
    return _BREAK.join(map(_escaped_line, text.split("\n")))


class Markdown:
    """A heading for each day, a paragraph for each message; see `form.Form`."""

    def __init__(self, look: Look) -> None:
        self.calling = look.calling
        self._look = look
        self._day = ""

    def opening(self) -> str:
        """The name of the room."""
        return f"# {escaped(self._look.room)}\n"

    def page(self, messages: Sequence[Message]) -> str:
        """See `form.Form`."""
        return "".join(map(self._paragraph, messages, callings_of(messages, self.calling)))

    def closing(self) -> str:
        """Nothing."""
        return ""

    def _paragraph(self, message: Message, calling: Calling) -> str:
        moment = self._look.local_time(message.timestamp_ms)
        day = self._look.day_title(moment.date())
        heading = "" if day == self._day else f"\n## {escaped(day)}\n"
        self._day = day
        name = f"**{escaped(calling.label)}**"
        does = f"\\* {name} " if message.record.is_action else ""
        return f"{heading}\n{name} {moment:%H:%M}{_BREAK}{does}{escaped(message.text)}\n"


def _escaped_line(line: str) -> str:
    """Spaces at either end would set a block apart or break a line, and an empty line would end the paragraph."""
    indent = len(line) - len(line.lstrip()) if line.strip() else 1
    body = _ANYWHERE.sub(r"\\\g<0>", line.strip())
    start = _AT_THE_START.match(body)
    if start is not None:
        # A number is no list if what follows it is escaped; all else, if it is itself.
        at = start.end() if start[0].isdecimal() else 0
        body = f"{body[:at]}\\{body[at:]}"
    return _SPACE * indent + body

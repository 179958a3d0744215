"""What has been said, as one page for a browser that needs nothing else: no script, no picture, no request. Pure.

Owns that nothing that anybody has said is HTML: it is escaped, and the page forbids itself all but its own style.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final, NamedTuple

from multichat.model.callings import Calling, callings_of
from multichat.model.export.form import Look
from multichat.model.message import Message, Position
from multichat.model.record import format_timestamp
from multichat.model.spans import links_in
from multichat.model.text import unisolated

# What somebody says within this of what they said before stands under the same name.
_TURN_LENGTH_MS: Final = 5 * 60 * 1000

# Digits of a key in an address within the page: nobody makes a second key with the same.
_ANCHOR_LENGTH: Final = 16

_OPENING: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{room}</title>
<style>
{style}</style>
</head>
<body>
<header><h1 dir="auto">{room}</h1></header>
<main>
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def anchor_of(position: Position) -> str:
    """What leads to a message within the page, behind a #."""
    return f"{position.feed.hex()[:_ANCHOR_LENGTH]}-{position.seq}"


class _Turn(NamedTuple):
    """Who has said something last, and when; `label` is what they were called."""

    day: str
    feed: bytes
    label: str
    timestamp_ms: int


class WebPage:
    """See `form.Form`."""

    def __init__(self, look: Look) -> None:
        self.calling = look.calling
        self._look = look
        self._last: _Turn | None = None
        self._count = 0

    def opening(self) -> str:
        """The head of the page, and the name of the room."""
        return _OPENING.format(policy=_POLICY, room=_escaped(self._look.room), style=_style())

    def page(self, messages: Sequence[Message]) -> str:
        """See `form.Form`."""
        self._count += len(messages)
        return "".join(map(self._said, messages, callings_of(messages, self.calling)))

    def closing(self) -> str:
        """How many messages there are, and the end of all that is open."""
        ends = "" if self._last is None else "</div>\n</section>\n"
        said = "1 message" if self._count == 1 else f"{self._count:,} messages"
        return f"{ends}</main>\n<footer>{said}</footer>\n</body>\n</html>\n"

    def _said(self, message: Message, calling: Calling) -> str:
        moment = self._look.local_time(message.timestamp_ms)
        day = self._look.day_title(moment.date())
        opened = "".join(self._opened(_Turn(day, message.feed, calling.label, message.timestamp_ms), calling))
        anchor = anchor_of(message.position)
        time = f'<time datetime="{format_timestamp(message.timestamp_ms)}">{moment:%H:%M}</time>'
        does = f"<b><bdi>{_escaped(calling.label)}</bdi></b> " if message.record.is_action else ""
        kind = "text does" if does else "text"
        return (
            f'{opened}<div class="said" id="{anchor}"><a class="at" href="#{anchor}">{time}</a>'
            f'<span class="{kind}" dir="auto">{does}{_linked(message.text)}</span></div>\n'
        )

    def _opened(self, turn: _Turn, calling: Calling) -> Iterator[str]:
        """What stands before a message: the day and the name, unless they stand above it already."""
        last, self._last = self._last, turn
        is_new_day = last is None or last.day != turn.day
        if last is not None and not is_new_day and _goes_on(last, turn):
            return
        if last is not None:
            yield "</div>\n"
        if is_new_day:
            yield "</section>\n" if last is not None else ""
            yield f"<section>\n<h2>{_escaped(turn.day)}</h2>\n"
        light, dark = (self._look.colour(calling.root or turn.feed, is_dark) for is_dark in (False, True))
        suffix = f"<small>{_escaped(calling.suffix)}</small>" if calling.suffix else ""
        yield (
            f'<div class="by" style="--on-light:{light};--on-dark:{dark}">'
            f'<h3 title="{turn.feed.hex()}"><bdi>{_escaped(calling.name)}</bdi>{suffix}</h3>\n'
        )


def _goes_on(last: _Turn, turn: _Turn) -> bool:
    is_same = (last.feed, last.label) == (turn.feed, turn.label)
    return is_same and turn.timestamp_ms - last.timestamp_ms < _TURN_LENGTH_MS


def _linked(text: str) -> str:
    """A text whose addresses lead where they say."""
    # A browser keeps each line's direction to itself.
    text = unisolated(text)
    pieces: list[str] = []
    end = 0
    for link in links_in(text):
        address = escape(link.url)
        pieces += (
            escape(text[end : link.start]),
            f'<a href="{address}" title="{address}" rel="noopener noreferrer nofollow">',
            f"{escape(text[link.start : link.end])}</a>",
        )
        end = link.end
    return "".join([*pieces, escape(text[end:])])


def _escaped(text: str) -> str:
    return escape(unisolated(text))


@cache
def _style() -> str:
    return files("multichat.model.export").joinpath("web_page.css").read_text(encoding="utf-8")

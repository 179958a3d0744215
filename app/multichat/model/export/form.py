"""What a form of export is, and what it takes from the screen to look like it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from multichat.model.callings import Calling
from multichat.model.message import Message
from multichat.model.text import SafeText


class Form(Protocol):
    """How messages are written down, piece by piece, in the order of the conversation."""

    @property
    def calling(self) -> Callable[[Message], Calling] | None:
        """What to call authors, where they are called as on the screen: it is to have heard of all of them before."""
        ...

    def opening(self) -> str:
        """What stands before all messages."""
        ...

    def page(self, messages: Sequence[Message]) -> str:
        """The next messages."""
        ...

    def closing(self) -> str:
        """What stands behind all messages."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What a page for people has in common with the screen: the room's name, how people, times and days are called.

    `colour` is in which to write somebody's name, on a dark background if the second argument is true.
    """

    room: SafeText
    calling: Callable[[Message], Calling]
    local_time: Callable[[int], datetime]
    day_title: Callable[[date], str]
    colour: Callable[[bytes, bool], str]

"""What an empty room says: who is there, what is being tried to find somebody, and what one can do oneself.

Owns the words, and what gives way on a low screen. What is being tried is asked every second while it is shown.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from multichat.model.attempts import attempts
from multichat.model.finding import Finding
from multichat.model.invite import Invite, join_command
from multichat.model.text import SafeText, unisolated
from multichat.widgets.wrapping import wrap

_INTERVAL_S: Final = 1.0

# In fewer lines the text needs all of them.
_HEIGHT_WITH_MARGINS: Final = 12

# What is typed as it stands there.
_TYPED: Final = "bold $text-primary"


class Welcome(Static):
    """How to be joined by others, until somebody says something."""

    DEFAULT_CSS = """
    Welcome {
        height: 1fr;
        padding: 0 1;
        content-align: center middle;
        text-align: center;
        color: $text-muted;
    }
    """

    def __init__(
        self, room: SafeText, diagnose: Callable[[], Sequence[Finding]], *, invite: Invite | None = None
    ) -> None:
        super().__init__(markup=False)
        self._room = room
        self._invite = invite
        self._diagnose = diagnose
        self._people = 0
        self._tried: list[str] = []
        self._timer: Timer | None = None

    def show_people(self, people: int) -> None:
        """Say whether somebody is there, and else how they find this room."""
        self._people = people
        self._arrange()

    def look(self) -> None:
        """See what is being tried by now."""
        tried = [] if self._people else attempts(self._diagnose())
        if tried != self._tried:
            self._tried = tried
            self._arrange()

    def on_mount(self) -> None:
        """Wait until one is seen: what is not shown asks nothing."""
        self._timer = self.set_interval(_INTERVAL_S, self.look, pause=True)

    def on_show(self) -> None:
        """Look, a second from now and then again and again: the first screen waits for no network."""
        if self._timer is not None:
            self._timer.resume()

    def on_hide(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.pause()

    def on_resize(self) -> None:
        """Say what there is space for."""
        self._arrange()

    def _arrange(self) -> None:
        said = _company(self._people, self._invite) if self._people else self._solitude()
        if said != self.content:
            self.update(said)

    def _solitude(self) -> Content:
        *longer, shortest = _solitudes(self._room, self._invite, self._tried or ["Looking for others"])
        return next((said for said in longer if self._has_space_for(said)), shortest)

    def _has_space_for(self, said: Content) -> bool:
        # It stands apart from what is above and below it, unless every line is needed.
        margins = 0 if self.size.height < _HEIGHT_WITH_MARGINS else 2
        return _height(said, self.size.width) + margins <= self.size.height


def _company(people: int, invite: Invite | None) -> Content:
    who = "Somebody is here." if people == 1 else f"{people:,} people are here."
    return Content.assemble((who, "bold"), f"\n\nNobody has said anything yet.\n\n{_door(invite)}")


def _door(invite: Invite | None) -> str:
    return "Open to whoever knows its name." if invite is None else "Only those with its invite come in."


def _solitudes(room: SafeText, invite: Invite | None, tried: Sequence[str]) -> Iterator[Content]:
    """The same at less and less length; what one can do oneself is said in all of them."""
    alone = Content.styled("Nobody else is here yet.", "bold")
    looking = Content("\n".join(tried))
    if invite is None:
        join = Content.assemble("Others on this network join with\n", (join_command(unisolated(room), None), _TYPED))
        invited = Content.assemble(join, "\nor with what ", ("/invite", _TYPED), " copies.")
    else:
        join = invited = Content.assemble("Others join with the invite that\n", ("/invite", _TYPED), " shows.")
    # Of at most 36 cells, as all lines are that hold no name: the smallest screen has no more.
    by_hand = Content.assemble(
        "Not found? ", ("/doctor", _TYPED), " tells why;\n", ("/connect HOST", _TYPED), " goes there by hand."
    )
    waits = Content("What you write waits for them.")
    apart, close = Content("\n\n"), Content("\n")
    yield apart.join([alone, looking, invited, Content(_door(invite)), by_hand, waits])
    yield apart.join([alone, looking, invited, by_hand, waits])
    yield apart.join([alone, looking, invited, by_hand])
    yield apart.join([alone, looking, join, by_hand])
    yield apart.join([close.join([alone, looking]), join, by_hand])
    yield close.join([alone, looking, join, by_hand])
    yield close.join([alone, Content(tried[0]), join, by_hand])
    yield close.join([alone, join, by_hand])


def _height(said: Content, width: int) -> int:
    return sum(len(wrap(line, width)) for line in said.plain.split("\n"))

"""What happens in a room beside messages, as a program is told of it.

Owns the fields of every such line, and that nobody in the room can cause them at any rate: of what can change as often
as somebody likes, what has come of it is told, in a flood less and less often.
"""

from collections.abc import Callable, Iterable
from typing import Final

from multichat.bot.answers import holders_fields
from multichat.limits import SENT_TOLD_MAX
from multichat.model.conversation import (
    Arrived,
    CatchingUp,
    Conversation,
    Delivered,
    Event,
    Forked,
    HeldAside,
    JsPeersChanged,
    NamesChanged,
    Notice,
    PeopleChanged,
    SetBack,
)
from multichat.model.fields import Fields, person_fields
from multichat.model.message import Message, Position
from multichat.model.people import Person
from multichat.throttle import Throttle

# The lines that tell of something, beside messages, answers and errors.
NEWS: Final = (
    "hello",
    "ready",
    "joined",
    "left",
    "renamed",
    "js-peers",
    "delivered",
    "catching-up",
    "held-aside",
    "conflict",
    "clock-set-back",
    "notice",
)


class News:
    """Of one room, from now on; `tell` hears every line. For the event loop."""

    def __init__(self, conversation: Conversation, tell: Callable[[str, Fields], None]) -> None:
        self._conversation = conversation
        self._tell = tell
        self._people = self._others()
        # The last messages of our own, and who held each when that was told.
        self._sent: dict[Position, frozenset[bytes]] = {}
        self._aside = 0
        self._people_pace = Throttle(lambda _: self._tell_people())
        self._sent_pace = Throttle(lambda _: self._tell_sent())
        self._js_pace = Throttle(lambda _: self._tell("js-peers", {"count": self._conversation.js_peers}))
        self._aside_pace = Throttle(lambda _: self._tell("held-aside", {"count": self._aside}))

    def react(self, event: Event) -> None:
        """Tell of what has happened, or soon of what comes of it."""
        match event:
            case Arrived(messages):
                self._remember(messages)
            case PeopleChanged() | NamesChanged():
                self._people_pace.tell("")
            case JsPeersChanged():
                self._js_pace.tell("")
            case Delivered():
                self._sent_pace.tell("")
            case HeldAside(count):
                self._aside = count
                self._aside_pace.tell("")
            case _:
                self._tell_at_once(event)

    def close(self) -> None:
        """Tell nothing more."""
        for pace in (self._people_pace, self._js_pace, self._sent_pace, self._aside_pace):
            pace.close()

    def _tell_at_once(self, event: Event) -> None:
        match event:
            case CatchingUp(missing):
                self._tell("catching-up", {"missing": missing})
            case Forked(feed):
                self._tell("conflict", {"feed": feed.hex(), "own": self._conversation.is_own(feed)})
            case SetBack():
                self._tell("clock-set-back", {})
            case Notice(text):
                self._tell("notice", {"text": text})

    # --- people ---

    def _others(self) -> dict[bytes, Person]:
        return {person.feed: person for person in self._conversation.everyone() if not person.is_own}

    def _tell_people(self) -> None:
        before, self._people = self._people, self._others()
        for feed, was in before.items():
            if was.is_here and not ((person := self._people.get(feed)) and person.is_here):
                self._tell("left", person_fields(person or was))
        for feed, person in self._people.items():
            former = before.get(feed)
            if former is not None and former.label != person.label:
                self._tell("renamed", {**person_fields(person), "was": former.label})
            if person.is_here and not (former and former.is_here):
                self._tell("joined", person_fields(person))

    # --- what one has said ---

    def _remember(self, messages: Iterable[Message]) -> None:
        own = [message.position for message in messages if self._conversation.is_own(message.feed)]
        self._sent |= dict.fromkeys(own, frozenset())
        for position in list(self._sent)[:-SENT_TOLD_MAX]:
            del self._sent[position]

    def _tell_sent(self) -> None:
        for position, told in self._sent.items():
            holders = self._conversation.delivery(position)
            self._sent[position] = now = frozenset(person.feed for person in holders)
            if now != told:
                fields = {"feed": position.feed.hex(), "seq": position.seq, "holders": holders_fields(holders)}
                self._tell("delivered", fields)

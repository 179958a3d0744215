"""What the commands of a program do, and what each is answered.

Owns the step from a command to the room, and the fields of every answer. Knows no lines.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from multichat.bot.commands import (
    Block,
    Command,
    Connect,
    Delivery,
    History,
    Mute,
    Nick,
    Quit,
    Say,
    Search,
    Unblock,
    Unmute,
    Who,
    Whois,
)
from multichat.errors import UsageError
from multichat.limits import PEOPLE_TOLD_MAX
from multichat.model.addressee import mute, named, one_other, unmute
from multichat.model.callings import Calling, callings_of
from multichat.model.conversation import Conversation
from multichat.model.fields import Fields, identity_fields, message_fields, person_fields, signed_fields
from multichat.model.message import Message, Position
from multichat.model.muted import Unmuted
from multichat.model.people import Person
from multichat.model.text import unisolated

_HINT: Final = "who with all says who is known"


class Answers:
    """Of one room; `history` is what is read there, without those who are not to be heard."""

    def __init__(self, conversation: Conversation, history: Unmuted) -> None:
        self._conversation = conversation
        self._history = history

    async def answer(self, command: Command) -> Fields:
        """Do it; returns what there is to say. Raises UsageError and MultifeedError: then nothing was done."""
        match command:
            case Search():
                return await self._search(command)
            case Say() | History() | Delivery():
                return self._answer_about_messages(command)
            case Who() | Whois():
                return self._answer_about_people(command)
            case Mute() | Unmute() | Block() | Unblock():
                return self._hear(command)
            case _:
                return self._act(command)

    def _act(self, command: Nick | Connect | Quit) -> Fields:
        match command:
            case Nick(nickname):
                self._conversation.rename(nickname)
                return {"nickname": unisolated(self._conversation.nickname)}
            case Connect(peer):
                self._conversation.connect(peer)
        # Whoever has the lines knows how to end.
        return {}

    # --- people ---

    def _answer_about_people(self, command: Who | Whois) -> Fields:
        conversation = self._conversation
        match command:
            case Who(everybody):
                people = (person for person in conversation.everyone() if everybody or person.is_here)
                return _listed(map(person_fields, people))
            case Whois(who):
                found = named(conversation, who, hint=_HINT)
                return _listed(identity_fields(conversation.identity(person.feed)) for person in found)

    def _hear(self, command: Mute | Unmute | Block | Unblock) -> Fields:
        person = one_other(self._conversation, command.who, hint=_HINT)
        match command:
            case Mute():
                mute(self._conversation, person)
            case Unmute():
                unmute(self._conversation, person)
            case Block():
                self._conversation.block(person.feed)
            case Unblock():
                self._conversation.unblock(person.feed)
        return {"person": person_fields(self._conversation.identity(person.feed).person)}

    # --- messages ---

    def _answer_about_messages(self, command: Say | History | Delivery) -> Fields:
        match command:
            case Say(text, action):
                return _placed(self._conversation.send(text, is_action=action))
            case History():
                return {"messages": self._messages(self._page(command))}
            case Delivery(seq, feed):
                return self._delivery(seq, feed or self._conversation.own_feed)

    def _page(self, command: History) -> Iterable[Message]:
        if command.after is None:
            return self._history.before(command.before, command.count)
        if command.before is not None:
            raise UsageError("history goes on after a place or before one, not both")
        return self._history.after(command.after, command.count)

    async def _search(self, command: Search) -> Fields:
        search = self._conversation.open_search()
        while search.advance():  # noqa: ASYNC110 (a turn for all else between two steps)
            await asyncio.sleep(0)
        hits = search.find(command.text, command.before, command.count)
        return {"messages": self._messages(self._history.heard(hit.message for hit in hits))}

    def _messages(self, messages: Iterable[Message]) -> list[Fields]:
        messages = list(messages)
        callings = callings_of(messages, self._calling)
        is_own = self._conversation.is_own
        return [
            message_fields(message, calling, is_own=is_own(message.feed))
            for message, calling in zip(messages, callings, strict=True)
        ]

    def _calling(self, message: Message) -> Calling:
        return self._conversation.calling(message.feed, message.nickname)

    def _delivery(self, seq: int, feed: bytes) -> Fields:
        if not self._conversation.is_own(feed):
            raise UsageError("who holds a message is known of one's own alone")
        holders = self._conversation.delivery(Position(0, feed, seq))
        return {"feed": feed.hex(), "seq": seq, "holders": holders_fields(holders)}


def holders_fields(holders: Iterable[Person]) -> list[Fields]:
    """Who holds something."""
    return [{"feed": person.feed.hex(), "label": person.label} for person in holders]


def _placed(message: Message) -> Fields:
    fields = signed_fields(message)
    return {name: fields[name] for name in ("timestamp", "feed", "seq")}


def _listed(people: Iterable[Fields]) -> Fields:
    """As many as are told at a time, and how many there are."""
    told = list(people)
    return {"people": told[:PEOPLE_TOLD_MAX], "count": len(told)}

"""What the commands of a program do to a room, and what each is answered."""

from typing import Any

import pytest

from multichat.bot.answers import Answers
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
from multichat.model.fields import position_of_fields
from multichat.model.muted import Unmuted, unheard
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said


class _Room:
    """Alice's, in which Bob is and Carol was; each has said something, and Bob much."""

    def __init__(self) -> None:
        messages = [said("bob", f"number {number}", NINE_O_CLOCK_MS + number, number) for number in range(120)]
        self.conversation = FakeConversation([*messages, said("carol", "goodbye", NINE_O_CLOCK_MS + 50)])
        self.conversation.know(person("bob"), person("carol", NINE_O_CLOCK_MS, is_here=False))
        self.history = Unmuted(self.conversation.history)
        self.answers = Answers(self.conversation, self.history)

    async def ask(self, command: Command) -> dict[str, Any]:
        answer: dict[str, Any] = await self.answers.answer(command)
        return answer

    async def texts(self, command: History | Search) -> list[str]:
        return [message["text"] for message in (await self.ask(command))["messages"]]


@pytest.fixture
def room() -> _Room:
    return _Room()


async def test_what_is_said_is_answered_with_where_it_stands(room: _Room) -> None:
    answer = await room.ask(Say("hello"))
    message = room.conversation.history.messages[-1]
    assert message.text == "hello"
    assert position_of_fields(answer) == message.position


async def test_one_can_tell_what_one_does(room: _Room) -> None:
    await room.ask(Say("waves", action=True))
    assert room.conversation.history.messages[-1].record.is_action


async def test_who_is_here_comes_first_and_everybody_if_asked_for(room: _Room) -> None:
    here = await room.ask(Who())
    assert [one["label"] for one in here["people"]] == ["alice", "bob"]
    everybody = await room.ask(Who(all=True))
    assert [one["label"] for one in everybody["people"]] == ["alice", "bob", "carol"]
    assert everybody["people"][2]["last_here"] == "2026-11-24T09:00:00.000Z"
    assert everybody["count"] == 3


async def test_no_more_people_are_told_than_one_line_should_hold(room: _Room) -> None:
    room.conversation.know(*(person(f"p{number}") for number in range(1_200)))
    answer = await room.ask(Who())
    assert len(answer["people"]) == 1_000
    assert answer["count"] == 1_201


async def test_all_that_is_known_of_somebody_is_told(room: _Room) -> None:
    answer = await room.ask(Whois("bob"))
    (bob,) = answer["people"]
    assert bob["feed"] == feed_of("bob").hex()
    assert bob["names"] == ["bob"]
    assert bob["feeds"] == [bob["feed"]]
    assert bob["forked"] == []


async def test_the_history_is_read_in_pages_either_way(room: _Room) -> None:
    assert await room.texts(History(count=2)) == ["number 118", "number 119"]
    last = (await room.ask(History(count=2)))["messages"][0]
    assert await room.texts(History(before=position_of_fields(last), count=2)) == ["number 116", "number 117"]
    first = await room.ask(History(before=position_of_fields(last), count=100))
    assert len(first["messages"]) == 100
    assert await room.texts(History(after=position_of_fields(last))) == ["number 119"]
    with pytest.raises(UsageError, match="not both"):
        await room.ask(History(before=position_of_fields(last), after=position_of_fields(last)))


async def test_the_search_finds_the_newest_first_once_all_is_read(room: _Room) -> None:
    assert await room.texts(Search("number", count=2)) == ["number 119", "number 118"]
    with pytest.raises(UsageError):
        await room.ask(Search(""))


async def test_whoever_is_not_heard_is_in_no_answer(room: _Room) -> None:
    answer = await room.ask(Mute("carol"))
    assert answer["person"]["muted"]
    room.history.muted = unheard(room.conversation)
    assert await room.texts(Search("goodbye")) == []
    assert "goodbye" not in await room.texts(History(count=100))


async def test_asked_for_twice_it_is_done_once(room: _Room) -> None:
    for _ in range(2):
        assert (await room.ask(Mute("carol")))["person"]["muted"]
    for _ in range(2):
        assert not (await room.ask(Unmute("carol")))["person"]["muted"]
    for _ in range(2):
        assert (await room.ask(Block("bob")))["person"]["blocked"]
    for _ in range(2):
        assert not (await room.ask(Unblock("bob")))["person"]["blocked"]
    assert not unheard(room.conversation)


@pytest.mark.parametrize("command", [Mute("dave"), Block("alice"), Whois("dave"), Unmute("alice")])
async def test_nobody_and_oneself_cannot_be_meant(room: _Room, command: Command) -> None:
    with pytest.raises(UsageError, match=r"nobody is called dave; who with all|that is you"):
        await room.ask(command)


async def test_several_of_one_name_are_not_taken_for_one(room: _Room) -> None:
    two = [person("bob", feed=bytes([number]) * 32) for number in (1, 2)]
    room.conversation.know(*two)
    with pytest.raises(UsageError, match=r"bob\u00b70101, bob\u00b70202"):
        await room.ask(Block("bob"))
    assert (await room.ask(Block(two[1].feed.hex())))["person"]["label"] == "bob\u00b70202"
    assert room.conversation.blocked == {two[1].feed}


async def test_one_can_be_called_otherwise(room: _Room) -> None:
    assert await room.ask(Nick("clock")) == {"nickname": "clock"}
    assert room.conversation.nickname == "clock"
    with pytest.raises(UsageError):
        await room.ask(Nick(""))


async def test_a_peer_can_be_given_by_hand(room: _Room) -> None:
    assert await room.ask(Connect("192.0.2.7:1234")) == {}
    assert room.conversation.connected_to == [("192.0.2.7", 1234)]
    with pytest.raises(UsageError):
        await room.ask(Connect("192.0.2.7:x"))


async def test_who_holds_what_others_wrote_is_not_known(room: _Room) -> None:
    with pytest.raises(UsageError, match="one's own alone"):
        await room.ask(Delivery(0, feed_of("bob")))
    assert (await room.ask(Delivery(0)))["holders"] == []


async def test_leaving_is_answered_too(room: _Room) -> None:
    assert await room.ask(Quit()) == {}

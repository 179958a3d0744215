"""Whom one does not want to hear: muted or blocked, they are gone from the screen, and back when it is undone."""

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from multichat.errors import UsageError
from multichat.model.message import Message
from multichat.model.people import Identity
from multifeed import StoreError
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.screen import MINUTE_MS, composer, noticed, open_app, said_below, settle, shown, timeline

_UNHEARD = "\N{MULTIPLICATION SIGN}"


def _talk(*names: str) -> list[Message]:
    return [
        said(name, f"number {number} by {name}", NINE_O_CLOCK_MS + number * MINUTE_MS, number)
        for number, name in enumerate(names)
    ]


def _conversation(*messages: Message) -> FakeConversation:
    conversation = FakeConversation(messages or _talk("bob", "eve", "bob"))
    conversation.know(person("bob"), person("eve"))
    return conversation


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).insert(text)
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


def _count(pilot: Pilot[int], name: str) -> int:
    return sum(f"by {name}" in line for line in shown(pilot))


@pytest.mark.parametrize("command", ["/mute", "/block"])
async def test_they_are_gone_at_once_and_come_back_when_it_is_undone(command: str) -> None:
    conversation = _conversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, f"{command} bob")
        assert f"{command} bob again undoes it" in noticed(pilot)
        assert (_count(pilot, "bob"), _count(pilot, "eve")) == (0, 1)
        conversation.receive(said("bob", "more by bob", NINE_O_CLOCK_MS + 10 * MINUTE_MS, 10))
        await settle(pilot)
        assert _count(pilot, "bob") == 0
        await _write(pilot, f"{command} bob")
        assert (_count(pilot, "bob"), _count(pilot, "eve")) == (3, 1)


@pytest.mark.parametrize("command", ["/mute", "/block"])
async def test_it_holds_for_all_logs_in_which_somebody_has_written(command: str) -> None:
    conversation = _conversation(*_talk("bob", "bob before", "eve"))
    before = feed_of("bob before")
    bob = person("bob")
    conversation.identities[bob.feed] = Identity(bob, (bob.nickname,), (before, bob.feed))
    async with open_app(conversation) as pilot:
        await _write(pilot, f"{command} bob")
        assert (_count(pilot, "bob"), _count(pilot, "eve")) == (0, 1)
        await _write(pilot, f"{command} bob")
        assert (_count(pilot, "bob"), _count(pilot, "eve")) == (2, 1)
        assert not conversation.desk.muted
        assert not conversation.blocked


async def test_who_was_not_heard_the_last_time_is_not_heard_from_the_start() -> None:
    conversation = _conversation(*_talk("bob", "eve", "dave"))
    conversation.know(person("bob"), person("eve"), person("dave"))
    conversation.change_desk(muted=(feed_of("bob"),))
    conversation.block(feed_of("eve"))
    async with open_app(conversation) as pilot:
        assert [_count(pilot, name) for name in ("bob", "eve", "dave")] == [0, 0, 1]


async def test_what_is_beyond_a_hundred_thousand_things_that_somebody_muted_said_is_reached() -> None:
    flood = [said("bob", f"{number}", NINE_O_CLOCK_MS + MINUTE_MS + number, number) for number in range(100_000)]
    conversation = _conversation(said("eve", "at the very beginning by eve"), *flood)
    async with open_app(conversation) as pilot:
        await _write(pilot, "/mute bob")
        assert _count(pilot, "eve") == 1


async def test_muted_and_blocked_are_undone_each_by_itself() -> None:
    conversation = _conversation()
    async with open_app(conversation) as pilot:
        for command in ("/mute bob", "/block bob"):
            await _write(pilot, command)
        assert _count(pilot, "bob") == 0
        await _write(pilot, "/block bob")
        assert "muted still" in noticed(pilot)
        assert _count(pilot, "bob") == 0
        await _write(pilot, "/block bob")
        await _write(pilot, "/mute bob")
        assert "still blocked" in noticed(pilot)
        assert _count(pilot, "bob") == 0
        await _write(pilot, "/block bob")
        assert _count(pilot, "bob") == 2


async def test_the_list_of_people_says_who_is_not_heard() -> None:
    conversation = _conversation()
    conversation.know(person("bob"), person("eve"), person("dave", NINE_O_CLOCK_MS, is_here=False))
    async with open_app(conversation, size=(120, 30)) as pilot:
        for command in ("/mute bob", "/block dave"):
            await _write(pilot, command)
        lines = [line.strip() for line in shown(pilot, "PeoplePanel")]
        assert lines[:4] == ["● alice (you)", f"{_UNHEARD} bob, muted", "● eve", f"{_UNHEARD} dave, blocked"]
        await _write(pilot, "/block bob")
        assert f"{_UNHEARD} bob, blocked" in [line.strip() for line in shown(pilot, "PeoplePanel")]


@pytest.mark.parametrize(("command", "word"), [("/mute bob", "muted"), ("/block bob", "blocked: nothing more")])
async def test_whois_says_it_too(command: str, word: str) -> None:
    conversation = _conversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, command)
        await _write(pilot, "/whois bob")
        assert word in str(pilot.app.screen.query_one("#content", Static).render())


async def test_who_is_not_heard_does_not_ring() -> None:
    conversation = _conversation()
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        for command in ("/mute bob", "/block eve"):
            await _write(pilot, command)
        pilot.app.post_message(events.AppBlur())
        await settle(pilot)
        rung: list[str] = []
        pilot.app.bell = lambda: rung.append("ring")  # type: ignore[method-assign]
        for name in ("bob", "eve"):
            conversation.receive(said(name, "hello @alice", NINE_O_CLOCK_MS + 20 * MINUTE_MS, 20))
        await settle(pilot)
        assert rung == []


async def test_what_they_say_is_not_counted_as_new_below_nor_as_late() -> None:
    conversation = _conversation(*_talk(*["eve"] * 100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup")
        later_ms = NINE_O_CLOCK_MS + 200 * MINUTE_MS
        conversation.receive(said("bob", "new", later_ms, 1), said("eve", "new", later_ms, 200))
        conversation.receive(said("bob", "late", NINE_O_CLOCK_MS + 1, 2))
        await settle(pilot)
        assert "2 new below" in said_below(pilot)
        assert len(timeline(pilot)._late) == 1
        await _write(pilot, "/block bob")
        assert "1 new below" in said_below(pilot)
        assert len(timeline(pilot)._late) == 0
        conversation.receive(said("bob", "newer", later_ms + 1, 3))
        await settle(pilot)
        assert "1 new below" in said_below(pilot)


@pytest.mark.parametrize("names", [["eve"] * 50 + ["bob"] * 100, ["bob"] * 150, ["bob"] * 100 + ["eve"] * 50])
async def test_whoever_reads_what_is_hidden_then_reads_what_is_next_to_it(names: list[str]) -> None:
    conversation = _conversation(*_talk(*names))
    async with open_app(conversation) as pilot:
        for _ in range(4):
            await pilot.press("pageup")
        await _write(pilot, "/mute bob")
        assert _count(pilot, "bob") == 0
        assert (_count(pilot, "eve") > 0) == ("eve" in names)
        await _write(pilot, "/mute bob")
        assert _count(pilot, "bob") + _count(pilot, "eve") > 10


@pytest.mark.parametrize("refusal", [UsageError("no more than so many"), StoreError("the disk is full")])
async def test_what_cannot_be_blocked_is_said_and_nothing_is_hidden(refusal: Exception) -> None:
    conversation = _conversation()
    conversation.refusal = refusal
    async with open_app(conversation) as pilot:
        await _write(pilot, "/block bob")
        assert str(refusal) in noticed(pilot)
        assert composer(pilot).text == "/block bob"
        assert _count(pilot, "bob") == 2


async def test_one_cannot_block_oneself_nor_somebody_whom_nobody_knows() -> None:
    conversation = _conversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/block alice")
        assert "that is you" in noticed(pilot)
        composer(pilot).clear()
        await _write(pilot, "/block nobody")
        assert "nobody is called nobody" in noticed(pilot)
        assert not conversation.blocked


async def test_what_is_hidden_is_not_found_and_what_is_not_any_more_is() -> None:
    conversation = _conversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/block bob")
        await _write(pilot, "/search number")
        await settle(pilot)
        found = str(pilot.app.screen.query_one("#hint", Static).render())
        assert found.startswith("1 found"), found
        await pilot.press("escape")
        await _write(pilot, "/block bob")
        await _write(pilot, "/search number")
        await settle(pilot)
        assert str(pilot.app.screen.query_one("#hint", Static).render()).startswith("3 found")

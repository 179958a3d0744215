"""Which of the messages that a program is told were said just now, come late, or mean it."""

import json
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from multichat.bot.face import BotRun
from multichat.errors import UsageError
from multichat.plain import PlainOptions
from multichat.room import Room
from tests.helpers.fake_conversation import FakeConversation, person, said

_MINUTE_MS = 60_000


class _Room(FakeConversation):
    port = 1234


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _begun(room: _Room) -> BotRun:
    run = BotRun(cast("Room", room), PlainOptions(json=True))
    run.begin()
    room.listen(run.react)
    return run


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The lines since one last asked."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _marked(lines: list[dict[str, Any]], mark: str) -> list[str]:
    return [line["text"] for line in lines if line.get(mark)]


async def test_live_is_what_comes_within_minutes_of_being_said(told: Callable[[], list[dict[str, Any]]]) -> None:
    room = _Room([said("bob", "on the disk", _now_ms() - 2)])
    _begun(room)
    room.receive(said("bob", "yesterday", _now_ms() - 24 * 60 * _MINUTE_MS, 1))
    room.receive(said("bob", "a clock that is a little slow", _now_ms() - 3 * _MINUTE_MS, 2))
    room.receive(said("bob", "a clock that is a little fast", _now_ms() + 3 * _MINUTE_MS, 3))
    lines = told()
    assert len(lines) == 6
    assert _marked(lines, "live") == ["a clock that is a little slow", "a clock that is a little fast"]


async def test_late_is_what_stands_above_something_that_was_printed(told: Callable[[], list[dict[str, Any]]]) -> None:
    room = _Room([said("bob", "one", 1_000), said("bob", "two", 2_000, 1)])
    _begun(room)
    room.receive(said("carol", "one and a half", 1_500))
    room.receive(said("carol", "four", 4_000, 1), said("bob", "three", 3_000, 2))
    room.receive(said("bob", "five", 5_000, 3))
    assert _marked(told(), "late") == ["one and a half", "three"]


async def test_a_mention_is_of_oneself_by_others(told: Callable[[], list[dict[str, Any]]]) -> None:
    room = _Room()
    _begun(room)
    room.receive(said("bob", "alice: hello"), said("bob", "hello malice", seq=1))
    room.send("alice here")
    assert _marked(told(), "mention") == ["alice: hello"]


async def test_a_text_that_was_refused_is_told_to_the_program_and_to_its_owner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = _Room()
    run = _begun(room)
    room.refusal = UsageError("there is no room on the disk")
    assert await run.take("hello")
    output = capsys.readouterr()
    error = {"type": "error", "id": None, "text": "not sent: there is no room on the disk"}
    assert json.loads(output.out.splitlines()[-1]) == error
    assert output.err == "multichat: not sent: there is no room on the disk\n"


async def test_what_happens_is_told_in_the_order_in_which_it_happens(
    told: Callable[[], list[dict[str, Any]]],
) -> None:
    room = _Room([said("bob", "before")])
    run = _begun(room)
    room.know(person("bob"))
    room.receive(said("bob", "after", _now_ms(), 1))
    await run.close()
    assert [line["type"] for line in told()] == ["hello", "chat-message", "ready", "joined", "chat-message"]
    assert room.closed

"""Which lines are commands, and what is said of those that make no sense."""

import json
from dataclasses import MISSING, fields

import pytest

from multichat.bot.commands import (
    COMMANDS,
    Command,
    Connect,
    Delivery,
    History,
    Quit,
    Say,
    Search,
    Who,
    command_in,
    id_in,
    is_command,
    object_in,
)
from multichat.errors import UsageError
from multichat.limits import COMMAND_LENGTH_MAX, TEXT_LENGTH_MAX
from multichat.model.message import Position
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, feed_of

_PLACE = {"timestamp": "2026-11-24T09:00:00.000Z", "feed": feed_of("bob").hex(), "seq": 3}
_POSITION = Position(NINE_O_CLOCK_MS, feed_of("bob"), 3)


def _read(line: str) -> Command:
    return command_in(object_in(line))


@pytest.mark.parametrize("line", ['{"command": "who"}', "{", "  {x", "{} and more"])
def test_a_line_that_begins_with_a_brace_is_a_command(line: str) -> None:
    assert is_command(line)


@pytest.mark.parametrize("line", ["hello", "", "say {x}", "[1]", '"text"', "/me waves"])
def test_every_other_line_is_text(line: str) -> None:
    assert not is_command(line)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ({"command": "say", "text": "{hello"}, Say("{hello")),
        ({"command": "say", "text": "waves", "action": True}, Say("waves", action=True)),
        ({"command": "say", "text": "x", "action": None, "id": 7}, Say("x")),
        ({"command": "who"}, Who()),
        ({"command": "history"}, History()),
        ({"command": "history", "before": _PLACE, "count": 100}, History(before=_POSITION, count=100)),
        ({"command": "history", "after": {**_PLACE, "text": "more of it"}}, History(after=_POSITION)),
        ({"command": "search", "text": "from:bob"}, Search("from:bob")),
        ({"command": "delivery", "seq": 0, "feed": feed_of("bob").hex()}, Delivery(0, feed_of("bob"))),
        ({"command": "connect", "peer": "192.0.2.7"}, Connect("192.0.2.7")),
        ({"command": "quit"}, Quit()),
    ],
)
def test_a_command_is_read_with_what_it_takes(line: dict[str, object], command: Command) -> None:
    assert _read(json.dumps(line)) == command


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON object"),
        ("{'command': 'who'}", "no JSON object"),
        ('{"command": "who"} {"command": "who"}', "no JSON object"),
        ('{"command": "say", "text": NaN}', "no JSON object"),
        pytest.param('{"a":' * 30_000, "no JSON object", id="deep"),
        pytest.param('{"a":' + "9" * 10_000 + "}", "no JSON object", id="a long number"),
        ("{}", "there is no command in it; there are say, who, "),
        ('{"command": "dance"}', "there is no command dance; there are say, "),
        ('{"command": ["say"]}', "there is no command ['say']; "),
        ('{"command": "say"}', "say needs text"),
        ('{"command": "say", "txet": "x"}', "say has no txet"),
        ('{"command": "say", "text": 1}', "text: that is no text"),
        ('{"command": "say", "text": "x", "action": 1}', "action: that is neither true nor false"),
        ('{"command": "history", "count": 0}', "count: a count is a number from 1 to 100"),
        ('{"command": "history", "count": true}', "count: a count is a number from 1 to 100"),
        ('{"command": "history", "count": 101}', "count: a count is a number from 1 to 100"),
        ('{"command": "history", "before": 7}', "before: a place is a message, or its timestamp, feed and seq"),
        ('{"command": "history", "before": {"timestamp": "soon"}}', "before: a timestamp is a time like 2026-"),
        ('{"command": "delivery", "seq": -1}', "seq: a seq is a number from 0 on"),
        ('{"command": "delivery", "seq": 1, "feed": "abc"}', "feed: a feed is a public key of 64 digits"),
        ('{"command": "\\u001b[31m"}', "there is no command"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(line)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_line_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(UsageError, match="at most"):
        object_in('{"command": "say", "text": "' + "x" * COMMAND_LENGTH_MAX)


def test_the_longest_text_can_be_said_whatever_is_in_it() -> None:
    text = "\N{PILE OF POO}" * TEXT_LENGTH_MAX
    line = json.dumps({"command": "say", "text": text, "id": "x" * 100})
    assert _read(line) == Say(text)


def test_halves_of_characters_become_marks() -> None:
    assert _read('{"command": "say", "text": "a\\ud800b \\ud83d\\ude00"}') == Say("a\ufffdb \N{GRINNING FACE}")


@pytest.mark.parametrize("known_by", ["a", "", "x" * 100, 0, -1, 2**53, None])
def test_an_answer_is_known_by_what_the_command_was(known_by: str | int | None) -> None:
    assert id_in({"id": known_by}) == known_by


@pytest.mark.parametrize("known_by", ["x" * 101, 2**53 + 1, 1.5, True, [], {}])
def test_an_id_that_is_too_much_is_refused(known_by: object) -> None:
    with pytest.raises(UsageError, match="an id is a text"):
        id_in({"id": known_by})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_given_with_what_it_needs_alone(name: str) -> None:
    needed = {field.name for field in fields(COMMANDS[name]) if field.default is MISSING}
    values = {"seq": 0}
    given = {field: values.get(field, "bob") for field in needed}
    assert type(command_in({"command": name, **given})) is COMMANDS[name]

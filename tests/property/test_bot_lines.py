"""Any line on stdin: it never ends a bot's run but where it asks for that, and has one answer at most."""

import asyncio
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from multichat.bot.commands import COMMANDS, is_command
from multichat.bot.face import BotRun
from multichat.plain import PlainOptions
from multichat.room import Room
from tests.helpers.fake_conversation import FakeConversation, feed_of, person, said

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_places = st.fixed_dictionaries(
    {
        "timestamp": st.sampled_from(
            ["2026-11-24T09:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "now"]
        )
    },
    optional={"feed": st.sampled_from([feed_of("bob").hex(), "00"]), "seq": st.integers()},
)
_texts = st.text(max_size=20) | st.sampled_from(["bob", "alice", feed_of("bob").hex(), "from:bob", "192.0.2.7:1", "{"])
_fields = ("text", "action", "all", "who", "before", "after", "count", "seq", "feed", "nickname", "peer")
_commands = st.builds(
    lambda name, known_by, fields: json.dumps({"command": name, "id": known_by, **fields}),
    st.sampled_from(sorted(COMMANDS)) | st.text(max_size=5),
    _json,
    st.dictionaries(st.sampled_from(_fields), _texts | _places | st.integers(-1, 120) | _json, max_size=3),
)
_lines = st.text() | st.text().map("{{{}".format) | _json.map(json.dumps) | _commands


class _Room(FakeConversation):
    port = 1234


async def _answers(line: str) -> tuple[bool, list[dict[str, Any]]]:
    """Whether it went on, and the lines that came of it, messages and news aside."""
    room = _Room([said("bob", "hello")])
    room.know(person("bob"))
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(io.StringIO()):
        run = BotRun(cast("Room", room), PlainOptions(json=True))
        run.begin()
        room.listen(run.react)
        goes_on = await run.take(line)
        await run.close()
    assert output.getvalue().isascii()
    told = [json.loads(said) for said in output.getvalue().splitlines()]
    return goes_on, [one for one in told if one["type"] in {"result", "error"}]


@given(_lines)
def test_a_line_has_one_answer_if_it_is_a_command_and_never_ends_it_otherwise(line: str) -> None:
    goes_on, answers = asyncio.run(_answers(line))
    if is_command(line):
        assert len(answers) == 1
        assert goes_on is (answers[0].get("command") != "quit")
    else:
        assert goes_on
        assert len(answers) <= 1
        assert all(answer["type"] == "error" and answer["id"] is None for answer in answers)


@given(st.text(max_size=100) | st.integers(-(2**53), 2**53), st.sampled_from(["who", "whois", "dance"]))
def test_the_answer_is_known_by_the_id_of_the_command(known_by: str | int, name: str) -> None:
    _, (answer,) = asyncio.run(_answers(json.dumps({"id": known_by, "command": name})))
    assert answer["id"] == known_by

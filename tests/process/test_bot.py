"""Programs that live in a room: what they are told, what they can ask for, and the one that README.md shows."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.helpers.program import LOOPBACK_ONLY, PROGRAM, Program, Programs, environment

BY_HAND = "--no-discovery"
BOT = ("--json", "--events", BY_HAND)


def _of(bot: Program, kind: str, **fields: object) -> list[dict[str, Any]]:
    """The lines of a kind so far, of those with these fields."""
    return [line for line in bot.messages if line["type"] == kind and fields.items() <= line.items()]


def _wait_for(bot: Program, kind: str, **fields: object) -> dict[str, Any]:
    """The first such line, waited for."""
    bot.wait_until(lambda: bool(_of(bot, kind, **fields)), f"{kind} with {fields}")
    return _of(bot, kind, **fields)[0]


def _ask(bot: Program, command: str, **fields: object) -> dict[str, Any]:
    """What a command is answered."""
    number = sum(line["type"] in {"result", "error"} for line in bot.messages)
    bot.send(json.dumps({"command": command, "id": number, **fields}))
    bot.wait_until(lambda: any(line.get("id") == number for line in bot.messages), f"the answer to {command}")
    return next(line for line in bot.messages if line.get("id") == number)


def _at(program: Program) -> tuple[str, str]:
    return "--peer", f"127.0.0.1:{program.port}"


def test_it_is_told_who_it_is_then_what_there_was_and_then_what_happens(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    bot.send("said before")
    _wait_for(bot, "chat-message")
    assert bot.interrupt() == 0

    again = programs.start("bot", *BOT)
    again.send("said now")
    now = _wait_for(again, "chat-message", text="said now")
    kinds = [line["type"] for line in again.messages]
    assert kinds == ["hello", "chat-message", "ready", "chat-message"]
    hello, before, _, _ = again.messages
    assert (hello["version"], hello["nickname"], hello["room"], hello["kind"]) == (1, "bot", programs.room, "open")
    assert hello["port"] == again.port
    assert hello["feed"] == before["feed"] == now["feed"]
    assert (before["live"], now["live"]) == (False, True)
    assert before["own"]
    assert now["own"]


def test_without_events_there_are_messages_alone_and_every_line_is_said(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    lines = ['{"command": "quit"}', "{", "plain"]
    alice.send(*lines)
    for person in (alice, bob):
        person.wait_for_just(*lines)
    assert {line["type"] for line in alice.messages} == {"chat-message"}
    assert alice.out == bob.out


def test_it_is_told_who_comes_goes_and_is_called_otherwise(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    alice = programs.start("alice", *BOT, *_at(bot))
    joined = _wait_for(bot, "joined")
    assert joined["feed"] == _wait_for(alice, "hello")["feed"]
    alice.send("hello")
    assert _wait_for(bot, "chat-message")["label"] == "alice"
    assert _wait_for(bot, "renamed", label="alice")["was"] == joined["label"]
    assert _ask(alice, "nick", nickname="alicia")["nickname"] == "alicia"
    alice.send("it is me")
    assert _wait_for(bot, "renamed", label="alicia")["was"] == "alice"
    assert [one["label"] for one in _ask(bot, "who")["people"]] == ["bot", "alicia"]
    assert _ask(bot, "whois", who="alicia")["people"][0]["names"] == ["alice", "alicia"]
    assert _ask(alice, "quit")["type"] == "result"
    assert alice.wait() == 0
    assert _wait_for(bot, "left")["feed"] == joined["feed"]


def test_it_is_told_who_holds_what_it_has_said(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    said = _ask(bot, "say", text="line one\nline two")
    assert _ask(bot, "delivery", seq=said["seq"])["holders"] == []
    alice = programs.start("alice", *BOT, *_at(bot))
    delivered = _wait_for(bot, "delivered", seq=said["seq"], feed=said["feed"])
    alice_feed = _wait_for(alice, "hello")["feed"]
    assert [holder["feed"] for holder in delivered["holders"]] == [alice_feed]
    assert _ask(bot, "delivery", seq=said["seq"])["holders"] == delivered["holders"]
    assert _wait_for(alice, "chat-message")["text"] == "line one\nline two"


def test_what_comes_late_is_marked(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    alice.send("said first")
    alice.wait_for_texts("said first")
    bot = programs.start("bot", *BOT)
    bot.send("said second")
    assert not _wait_for(bot, "chat-message", text="said second")["late"]
    assert _ask(bot, "connect", peer=f"127.0.0.1:{alice.port}")["type"] == "result"
    assert _wait_for(bot, "chat-message", text="said first")["late"]
    alice.send("bot: said third")
    third = _wait_for(bot, "chat-message", text="bot: said third")
    assert (third["late"], third["live"], third["mention"]) == (False, True, True)


def test_it_can_look_back_and_search(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    bot.send(*(f"number {number}" for number in range(5)))
    _wait_for(bot, "chat-message", text="number 4")
    page = _ask(bot, "history", count=2)["messages"]
    assert [message["text"] for message in page] == ["number 3", "number 4"]
    earlier = _ask(bot, "history", before=page[0], count=2)["messages"]
    assert [message["text"] for message in earlier] == ["number 1", "number 2"]
    found = _ask(bot, "search", text="number", count=3)["messages"]
    assert [message["text"] for message in found] == ["number 4", "number 3", "number 2"]


def test_whoever_is_muted_is_printed_no_more_until_unmuted(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    alice = programs.start("alice", "--json", BY_HAND, *_at(bot))
    alice.send("heard")
    _wait_for(bot, "chat-message", text="heard")
    assert _ask(bot, "mute", who="alice")["person"]["muted"]
    alice.send("not printed")
    carol = programs.start("carol", "--json", BY_HAND, *_at(bot))
    carol.wait_for_texts("not printed")
    assert _ask(bot, "history")["messages"] == []
    assert not _ask(bot, "unmute", who="alice")["person"]["muted"]
    assert [message["text"] for message in _ask(bot, "history")["messages"]] == ["heard", "not printed"]
    alice.send("heard again")
    _wait_for(bot, "chat-message", text="heard again")
    assert [line["text"] for line in _of(bot, "chat-message")] == ["heard", "heard again"]


def test_it_is_told_of_a_log_that_has_two_histories(tmp_path: Path) -> None:
    with Programs(tmp_path / "all") as programs:
        _write(programs, tmp_path / "a", "one")
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        _write(programs, tmp_path / "a", "written here")
        _write(programs, tmp_path / "b", "written there", "and there")
        bot = programs.start("bot", *BOT)
        first = programs.start("alice", *BOT, "--data-dir", tmp_path / "a", *_at(bot))
        _wait_for(bot, "chat-message", text="written here")
        second = programs.start("alice", *BOT, "--data-dir", tmp_path / "b", *_at(bot))
        forked = _wait_for(bot, "conflict")
        assert forked["feed"] == _wait_for(first, "hello")["feed"] == _wait_for(second, "hello")["feed"]
        assert not forked["own"]
        assert "two histories" in _wait_for(bot, "notice")["text"]


def test_what_makes_no_sense_is_answered_and_the_next_line_is_done(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    bot.send("{", '{"command": "dance", "id": "a"}', '{"command": "say", "text": "' + "x" * 200_000, "y" * 16_001)
    assert _ask(bot, "say", text="{after them")["type"] == "result"
    _wait_for(bot, "chat-message", text="{after them")
    assert [line["id"] for line in _of(bot, "error")] == [None, "a", None, None]
    assert len(_of(bot, "chat-message")) == 1


def test_leaving_at_the_end_of_input_waits_until_somebody_has_what_was_said(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    bot = programs.start("bot", *BOT, "--exit-after-send", "--timeout", "30", *_at(alice))
    bot.send('{"command": "say", "text": "goodbye"}')
    bot.end_input()
    assert bot.wait() == 0
    alice.wait_for_texts("goodbye")


def test_whoever_quits_reads_no_more_lines_however_many_there_are(programs: Programs) -> None:
    bot = programs.start("bot", *BOT)
    bot.send("first", '{"command": "quit", "id": 1}', *(f"never said {number}" for number in range(5_000)))
    assert bot.wait() == 0
    assert bot.messages[-1]["id"] == 1
    assert [line["text"] for line in _of(bot, "chat-message")] in ([], ["first"])


def test_events_go_with_json_alone(programs: Programs) -> None:
    for options in (("--events",), ("--plain", "--events"), ("--json", "--doctor", "--events")):
        program = programs.start("bot", *options)
        assert program.wait() == 2
        assert program.err == ["multichat: --events goes with --json"]


def test_the_bot_of_the_readme_answers_as_it_is_printed_there(programs: Programs, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (source,) = [block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "--events" in block]
    assert len(source.splitlines()) <= 20
    script = tmp_path / "clock.py"
    script.write_text(source, encoding="utf-8")
    alice = programs.start("alice", "--json", BY_HAND)
    arguments = ["--room", programs.room, "--data-dir", str(programs.data_dir), *LOOPBACK_ONLY, BY_HAND, *_at(alice)]
    clock = subprocess.Popen(
        [sys.executable, script, *arguments],
        env=environment({"PATH": f"{_place_of_the_program(tmp_path)}{os.pathsep}{os.environ['PATH']}"}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        alice.wait_for_people(1)
        alice.send("hello clock", "!time")
        alice.wait_until(lambda: len(alice.texts) == 3, "an answer")
        answer = alice.messages[-1]
        assert answer["nickname"] == "clock"
        assert re.fullmatch(r"alice: it is \d\d:\d\d", answer["text"])
        assert answer["timestamp"] > alice.messages[-2]["timestamp"]
    finally:
        os.killpg(clock.pid, 15)
        clock.wait()
    alice.wait_for_people(0)


def _place_of_the_program(directory: Path) -> Path:
    """A folder in which `multichat` is the program that is tested."""
    place = directory / "bin"
    place.mkdir()
    command = place / "multichat"
    command.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return place


def _write(programs: Programs, data_dir: Path, *texts: str) -> None:
    """Have alice write with nobody there."""
    alice = programs.start("alice", "--json", BY_HAND, "--data-dir", data_dir)
    alice.send(*texts)
    alice.wait_for_texts(*texts)
    assert alice.interrupt() == 0

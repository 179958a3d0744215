"""Rooms by invitation: made, joined, found again by name, and never taken for the open room of their name."""

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from multichat.model.invite import Invite
from tests.helpers.program import LOOPBACK_ONLY, Program, Programs

FAILED = 1
WRONG_USAGE = 2

# As on a machine whose user shares everything.
LAX = ("sh", "-c", 'umask 0; exec "$@"', "sh")

# One letter of an invite in the place of another.
NEXT = dict(zip("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "123456789ABCDEFGHJKMNPQRSTVWXYZ0", strict=True))


def _run(programs: Programs, nickname: str, *options: str, prefix: tuple[str, ...] = ()) -> Program:
    """Start one in whatever room `options` say."""
    return programs.run(nickname, "--data-dir", programs.data_dir, *LOOPBACK_ONLY, *options, prefix=prefix)


def _made(programs: Programs, nickname: str = "alice", *options: str) -> tuple[Program, str]:
    """One who has made a room of the name that all tests here share, and its invite."""
    maker = _run(programs, nickname, "--json", "--new-room", programs.room, *options)
    maker.wait_for_error(", port ")
    (invite,) = re.findall(r"multichat://[^\s\"']+", "\n".join(maker.err))
    return maker, invite


def _joined(programs: Programs, nickname: str, room: str, *options: str) -> Program:
    return _run(programs, nickname, "--json", "--room", room, *options)


def _refusal(program: Program) -> tuple[int, str]:
    code = program.wait()
    assert len(program.err) == 1, program.report()
    assert program.out == [], program.report()
    return code, program.err[0]


def _lines(program: Program) -> list[str]:
    assert program.wait() == 0, program.report()
    return program.out


def test_who_is_invited_is_found_and_who_only_knows_the_name_is_not(programs: Programs) -> None:
    alice, invite = _made(programs)
    bob = _joined(programs, "bob", invite)
    by_name = _joined(programs, "stranger", programs.room, "--peer", f"127.0.0.1:{alice.port}")
    elsewhere, _ = _made(programs, "elsewhere", "--peer", f"127.0.0.1:{alice.port}")
    by_name.send("is anybody here?")
    elsewhere.send("is anybody there?")
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    alice.send("only for whoever is invited")
    bob.wait_for_texts("only for whoever is invited")
    bob.send("thank you")
    alice.wait_for_texts("thank you")
    by_name.wait_for_texts("is anybody here?")
    elsewhere.wait_for_texts("is anybody there?")
    for person in (alice, bob):
        person.wait_for_just("only for whoever is invited", "thank you")
    assert by_name.texts == ["is anybody here?"]
    assert elsewhere.texts == ["is anybody there?"]
    assert not any(line.endswith("1 here") for program in (by_name, elsewhere) for line in program.err)
    assert any("(by invitation)" in line for line in bob.err)
    assert any("(open)" in line for line in by_name.err)


def test_an_invite_may_be_typed_in_small_letters_and_wrapped(programs: Programs) -> None:
    alice, invite = _made(programs)
    address, _, letters = invite.partition("#")
    bob = _joined(programs, "bob", f"{address}#\n  {letters[:32].lower()}\n  {letters[32:].lower()}\n")
    alice.wait_for_people(1)
    bob.wait_for_people(1)


def test_a_room_opens_by_its_name_from_then_on(programs: Programs) -> None:
    alice, invite = _made(programs)
    bob = _joined(programs, "bob", invite)
    bob.wait_for_people(1)
    bob.send("one")
    alice.wait_for_texts("one")
    assert alice.interrupt() == bob.interrupt() == 0
    again = [_joined(programs, nickname, programs.room) for nickname in ("alice", "bob")]
    for program in again:
        program.wait_for_people(1)
        program.wait_for_texts("one")
        assert any("(by invitation)" in line for line in program.err)
        assert "multichat://" not in "\n".join(program.err)


@pytest.mark.parametrize("at", [1, 30, 64], ids=["first", "middle", "last"])
def test_a_wrong_letter_is_refused_with_the_reason_and_nothing_is_made(programs: Programs, at: int) -> None:
    letters = Invite(programs.room, os.urandom(32)).letters
    wrong = letters[: at - 1] + NEXT[letters[at - 1]] + letters[at:]
    code, line = _refusal(_joined(programs, "bob", f"multichat://{programs.room}#{wrong}"))
    assert code == WRONG_USAGE
    assert "typo" in line
    assert wrong[8:16] not in line
    assert not programs.data_dir.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--room", "multichat://garden#{letters:.40}"], "it is cut"),
        (["--room", "ultichat://garden#{letters}"], "an invite begins with multichat://"),
        (["--room", "multichat://shed#{letters}"], "typo"),
        (["multichat://garden#{letters}"], "an invite comes after --room"),
        (["--room", "multichat://garden#{letters:.16}", "and", "{letters}"], "in quotes"),
        (["--new-room", "multichat://garden#{letters}"], "a room's name does not start with"),
        (["--open-room", "multichat://garden#{letters}"], "a room's name does not start with"),
    ],
)
def test_an_invite_typed_wrong_is_refused_and_not_a_word_of_it_repeated(
    programs: Programs, arguments: list[str], reason: str
) -> None:
    letters = Invite("garden", os.urandom(32)).letters
    typed = [argument.format(letters=letters) for argument in arguments]
    program = programs.run("bob", "--plain", *typed, *LOOPBACK_ONLY, "--data-dir", programs.data_dir)
    code, line = _refusal(program)
    assert code == WRONG_USAGE
    assert reason in line
    assert letters[8:16] not in line
    assert not programs.data_dir.exists()


def test_an_invite_can_be_given_where_nobody_else_sees_it_and_what_follows_is_said(programs: Programs) -> None:
    alice, invite = _made(programs)
    bob = _joined(programs, "bob", "-")
    bob.send(invite, "hello", "there")
    alice.wait_for_texts("hello", "there")
    bob.wait_until(lambda: bob.own_texts == ["hello", "there"], "what followed the invite")
    code, line = _refusal_of_typed(programs, programs.room)
    assert code == WRONG_USAGE
    assert "an invite begins with" in line


def _refusal_of_typed(programs: Programs, text: str) -> tuple[int, str]:
    program = _joined(programs, "carol", "-")
    program.send(text)
    return _refusal(program)


def test_of_an_open_room_and_one_by_invitation_neither_is_guessed(programs: Programs) -> None:
    maker, invite = _made(programs)
    assert maker.interrupt() == 0
    opened = _run(programs, "alice", "--json", "--open-room", programs.room)
    opened.send("in the open")
    opened.wait_for_texts("in the open")
    assert opened.interrupt() == 0

    code, line = _refusal(_joined(programs, "alice", programs.room))
    assert code == FAILED
    ways = re.findall(r"(--(?:open-)?room) \"?([^\s\"]+)", line)
    assert len(ways) == 2
    for option, name in ways:
        program = _run(programs, "alice", "--json", option, name)
        program.wait_for_error(", port ")
        assert any(("(open)" if option == "--open-room" else "(by invitation)") in line for line in program.err)
        program.wait_for_just(*(["in the open"] if option == "--open-room" else []))
        assert program.interrupt() == 0
    by_invite = _joined(programs, "alice", invite)
    by_invite.wait_for_error("(by invitation)")


def test_a_room_that_is_there_is_not_made_again(programs: Programs) -> None:
    maker, _ = _made(programs)
    assert maker.interrupt() == 0
    code, line = _refusal(_run(programs, "alice", "--plain", "--new-room", programs.room))
    assert code == FAILED
    assert f"--room {programs.room}" in line


def test_a_seed_holds_a_room_by_invitation(programs: Programs) -> None:
    seed = programs.run("--seed", "--new-room", programs.room, *LOOPBACK_ONLY, "--data-dir", programs.data_dir)
    seed.wait_for_error("(by invitation)")
    (invite,) = re.findall(r"multichat://[^\s\"']+", "\n".join(seed.err))
    alice = _joined(programs, "alice", invite)
    alice.wait_for_people(1)
    alice.send("for later")
    alice.wait_for_texts("for later")
    assert alice.interrupt() == 0
    _joined(programs, "bob", invite).wait_for_texts("for later")


def test_rooms_are_listed_with_what_opens_them_and_without_their_keys(programs: Programs) -> None:
    maker, invite = _made(programs)
    maker.send("one")
    maker.wait_for_texts("one")
    _run(programs, "bob", "--plain", "--open-room", "shed").wait_for_error(", port ")
    assert maker.interrupt() == 0
    listed = _lines(programs.run("--rooms", "--data-dir", programs.data_dir))
    assert [re.split(r"  +", line)[:4] for line in listed] == [
        ["alice", programs.room, "by invitation", "1 message"],
        ["bob", "shed", "open", "0 messages"],
    ]
    assert listed[0].endswith(f"--room {programs.room}")
    (of_alice,) = _lines(programs.run("alice", "--rooms", "--json", "--data-dir", programs.data_dir))
    told = json.loads(of_alice)
    assert told.pop("used")
    assert told == {
        "profile": "alice",
        "room": programs.room,
        "kind": "by invitation",
        "option": f"--room {programs.room}",
        "messages": 1,
    }
    assert _letters(invite) not in "\n".join([*listed, of_alice])
    assert _lines(programs.run("nobody", "--rooms", "--data-dir", programs.data_dir)) == []


def test_nothing_is_made_by_asking_which_rooms_there_are(programs: Programs) -> None:
    assert _lines(programs.run("--rooms", "--data-dir", programs.data_dir)) == []
    assert not programs.data_dir.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rooms", "--room", "garden"],
        ["--new-room", "garden", "--room", "garden"],
        ["--open-room", "garden", "--new-room", "garden"],
        ["--rooms", "--plain"],
        ["--rooms", "--doctor"],
        ["--doctor", "--new-room", "garden"],
        ["--plain", "--new-room", ""],
        ["--plain", "--open-room", " "],
    ],
)
def test_what_does_not_go_together_is_wrong_usage(programs: Programs, arguments: list[str]) -> None:
    code, _ = _refusal(programs.run("alice", *arguments, *LOOPBACK_ONLY, "--data-dir", programs.data_dir))
    assert code == WRONG_USAGE
    assert not programs.data_dir.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are those of POSIX")
def test_only_the_owner_can_read_what_is_kept_however_lax_the_machine(programs: Programs) -> None:
    alice = _run(programs, "alice", "--json", "--new-room", programs.room, prefix=LAX)
    alice.send("a secret")
    alice.wait_for_texts("a secret")
    while_it_runs = _modes(programs.data_dir)
    assert alice.interrupt() == 0
    for modes in (while_it_runs, _modes(programs.data_dir)):
        assert set(modes.values()) == {"d700", "f600"}, modes
    assert any(name.endswith("room.sqlite-wal") for name in while_it_runs)


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are those of POSIX")
def test_the_doctor_says_what_others_could_read_and_closes_it(programs: Programs) -> None:
    alice, invite = _made(programs)
    assert alice.interrupt() == 0
    (store,) = programs.data_dir.rglob("room.sqlite")
    store.chmod(0o644)
    store.parent.chmod(0o755)
    findings = _privacy(_joined(programs, "alice", programs.room, "--doctor"))
    assert [(finding["path"], finding["closed"]) for finding in findings] == [
        (str(store.parent), True),
        (str(store), True),
    ]
    (finding,) = _privacy(_joined(programs, "alice", invite, "--doctor"))
    assert "nobody else" in finding["said"]


def test_the_doctor_looks_for_a_room_by_invitation_that_one_has_not_been_in(programs: Programs) -> None:
    alice, invite = _made(programs, "alice")
    doctor = _joined(programs, "bob", invite, "--doctor", "--peer", f"127.0.0.1:{alice.port}")
    peers = [json.loads(line) for line in _lines(doctor)]
    assert any(finding["finding"] == "peer" and not finding["problem"] for finding in peers)
    assert not (programs.data_dir / "profiles" / "bob").exists()


def test_the_key_is_in_the_store_and_nowhere_else(programs: Programs) -> None:
    alice, invite = _made(programs)
    bob = _joined(programs, "bob", invite)
    bob.wait_for_people(1)
    bob.send("hello")
    alice.wait_for_texts("hello")
    assert bob.interrupt() == alice.interrupt() == 0
    doctor = _joined(programs, "bob", invite, "--doctor")
    doctor.wait()
    key = Invite.parse(invite).key
    for program in (bob, doctor):
        said = "\n".join([*program.out, *program.err])
        assert _letters(invite)[8:16] not in said
        assert key.hex()[:16] not in said
    holding = {path.name for path in programs.data_dir.rglob("*") if path.is_file() and key in path.read_bytes()}
    assert holding == {"room.sqlite"}


def test_without_a_room_it_is_the_open_lobby_also_where_one_by_invitation_is_called_so(programs: Programs) -> None:
    lobby = _run(programs, "alice", "--plain", "--new-room", "lobby")
    lobby.wait_for_error("(by invitation)")
    assert lobby.interrupt() == 0
    _run(programs, "alice", "--plain").wait_for_error("alice in lobby (open)")


def _letters(invite: str) -> str:
    return invite.partition("#")[2]


def _privacy(doctor: Program) -> list[dict[str, Any]]:
    findings = [json.loads(line) for line in _lines(doctor)]
    return [finding for finding in findings if finding["finding"] == "privacy"]


def _modes(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): f"{'d' if path.is_dir() else 'f'}{stat.S_IMODE(path.stat().st_mode):o}"
        for path in directory.rglob("*")
    }

"""The program in one room with programs on the JavaScript multifeed: who dials, who restarts, and who is in between."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.js_peers import JsPeer, js_peer, until
from tests.helpers.program import Program, Programs

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

_HOST = "127.0.0.1"
_BEGAN = datetime(2026, 11, 24, 9, tzinfo=UTC)
_COUNT = 1_000


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with Programs(tmp_path / "data", ("--interface", "lo", "--no-discovery")) as programs:
        yield programs


@pytest.fixture
def port() -> int:
    """One that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((_HOST, 0))
        found: int = sock.getsockname()[1]
        return found


def _messages(texts: list[str], nickname: str = "anna") -> list[dict[str, Any]]:
    """As `multichat.js` writes them, one a millisecond."""
    times = [_BEGAN + timedelta(milliseconds=number) for number in range(len(texts))]
    written = [time.isoformat(timespec="milliseconds").replace("+00:00", "Z") for time in times]
    return [
        {"type": "chat-message", "nickname": nickname, "text": text, "timestamp": time}
        for text, time in zip(texts, written, strict=True)
    ]


def _said_to(peer: JsPeer, nickname: str) -> list[str]:
    """What somebody has said, as a JavaScript peer shows it."""
    values = (value for blocks in peer.blocks.values() for value in blocks)
    return [value["text"] for value in values if value.get("nickname") == nickname]


async def _reads(program: Program, *texts: str) -> None:
    try:
        await until(lambda: set(texts) <= set(program.texts))
    except TimeoutError:
        pytest.fail(f"waited in vain for {texts[:3]}\n{program.report()}")


async def _errs(program: Program, part: str) -> None:
    try:
        await until(lambda: any(part in line for line in program.err))
    except TimeoutError:
        pytest.fail(f"waited in vain for {part!r}\n{program.report()}")


async def _is_up(program: Program) -> None:
    await _errs(program, ", port ")


async def test_history_and_what_is_said_now_go_both_ways_when_they_dial(
    programs: Programs, port: int, tmp_path: Path
) -> None:
    alice = programs.start("alice", "--json", "--js-listen", str(port))
    await _is_up(alice)
    alice.send("before, of alice")
    await _reads(alice, "before, of alice")
    async with js_peer(tmp_path / "js", dials=port) as anna:
        await _talk(alice, anna)


async def test_history_and_what_is_said_now_go_both_ways_when_we_dial(programs: Programs, tmp_path: Path) -> None:
    async with js_peer(tmp_path / "js") as anna:
        alice = programs.start("alice", "--json", "--js-connect", f"{_HOST}:{anna.port}")
        alice.send("before, of alice")
        await _talk(alice, anna)


async def _talk(alice: Program, anna: JsPeer) -> None:
    anna.append(_messages(["before, of anna"]))
    await until(lambda: _said_to(anna, "alice") == ["before, of alice"])
    await _reads(alice, "before, of anna")
    for number in range(5):
        alice.send(f"{number} of alice ü")
        await until(lambda: f"{number} of alice ü" in _said_to(anna, "alice"))  # noqa: B023 (waited for at once)
        anna.append(_messages([f"{number} of anna ü"]))
        await _reads(alice, f"{number} of anna ü")
    assert not anna.errors


async def test_either_may_end_and_come_back(programs: Programs, port: int, tmp_path: Path) -> None:
    alice = programs.start("alice", "--json", "--js-listen", str(port))
    await _is_up(alice)
    async with js_peer(tmp_path / "js", dials=port) as anna:
        key = anna.key
        anna.append(_messages(["one of anna"]))
        alice.send("one of alice")
        await _reads(alice, "one of anna")
        await until(lambda: _said_to(anna, "alice") == ["one of alice"])
        assert alice.interrupt() == 0
        anna.append(_messages(["two of anna"]))
        alice = programs.start("alice", "--json", "--js-listen", str(port))
        alice.send("two of alice")
        await _reads(alice, "one of anna", "two of anna", "one of alice")
        await until(lambda: _said_to(anna, "alice") == ["one of alice", "two of alice"])
    alice.send("three of alice")
    await _reads(alice, "three of alice")
    async with js_peer(tmp_path / "js", dials=port) as anna:
        anna.append(_messages(["three of anna"]))
        await until(lambda: _said_to(anna, "alice") == ["one of alice", "two of alice", "three of alice"])
        await _reads(alice, "three of anna")
        assert anna.key == key


async def test_who_knows_only_the_one_in_between_reads_them_and_is_read(
    programs: Programs, port: int, tmp_path: Path
) -> None:
    alice = programs.start("alice", "--json", "--js-listen", str(port))
    await _is_up(alice)
    bob = programs.start("bob", "--json", "--peer", f"{_HOST}:{alice.port}")
    await _errs(bob, "1 here")
    async with js_peer(tmp_path / "js", dials=port) as anna:
        anna.append(_messages(["here is anna"]))
        await _reads(bob, "here is anna")
        bob.send("here is bob")
        await until(lambda: _said_to(anna, "bob") == ["here is bob"])
        # It does not matter who is there later on.
        bob.interrupt()
        bob = programs.start("bob", "--json")
        bob.send("alone")
        await _reads(bob, "here is anna", "here is bob", "alone")
        bob.interrupt()
        bob = programs.start("bob", "--json", "--peer", f"{_HOST}:{alice.port}")
        await until(lambda: _said_to(anna, "bob") == ["here is bob", "alone"])


async def test_who_holds_the_room_for_others_shares_it_with_them(programs: Programs, port: int, tmp_path: Path) -> None:
    seed = programs.start("keeper", "--seed", "--js-listen", str(port))
    await _errs(seed, ", port ")
    bob = programs.start("bob", "--json", "--peer", f"{_HOST}:{seed.port}")
    await _errs(bob, "1 here")
    async with js_peer(tmp_path / "js", dials=port) as anna:
        await _errs(seed, "JavaScript peers: 1")
        anna.append(_messages(["here is anna"]))
        await _reads(bob, "here is anna")
        bob.send("here is bob")
        await until(lambda: _said_to(anna, "bob") == ["here is bob"])


async def test_a_thousand_messages_each_way_at_once_all_arrive_in_one_order(
    programs: Programs, port: int, tmp_path: Path
) -> None:
    alice = programs.start("alice", "--json", "--js-listen", str(port))
    async with js_peer(tmp_path / "js", dials=port) as anna:
        await _errs(alice, "JavaScript peers: 1")
        hers, theirs = ([f"{number} of {name}" for number in range(_COUNT)] for name in ("alice", "anna"))
        for start in range(0, _COUNT, 100):
            alice.send(*hers[start : start + 100])
            anna.append(_messages(theirs)[start : start + 100])
        await _reads(alice, *hers, *theirs)
        await until(lambda: len(_said_to(anna, "alice")) == _COUNT)

        assert _said_to(anna, "alice") == hers
        assert not anna.errors
        assert not any("was ended" in line for line in alice.err)
        shown = [
            (value["timestamp"], feed.hex(), seq, value["text"])
            for feed, blocks in anna.blocks.items()
            for seq, value in enumerate(blocks)
            if value["type"] == "chat-message"
        ]
    alice.interrupt()
    alice = programs.start("alice", "--json")
    await _reads(alice, *hers, *theirs)
    assert [tuple(message[name] for name in ("timestamp", "feed", "seq", "text")) for message in alice.messages] == (
        sorted(shown)
    )


@pytest.mark.parametrize("who_dials", ["they", "we"])
async def test_with_another_key_nothing_is_shared_and_it_is_said_why(
    programs: Programs, port: int, tmp_path: Path, who_dials: str
) -> None:
    key = bytes(range(32)).hex()
    async with js_peer(tmp_path / "js", dials=port if who_dials == "they" else None) as anna:
        anna.append(_messages(["not for you"]))
        how = ("--js-listen", str(port)) if who_dials == "they" else ("--js-connect", f"{_HOST}:{anna.port}")
        alice = programs.start("alice", "--json", *how, "--js-key", key)
        await _errs(alice, "key")
        await until(lambda: any("another key for the room" in line or "may be another" in line for line in alice.err))

        assert alice.texts == []
        assert list(anna.blocks) in ([], [anna.key])


async def test_with_a_key_that_both_know_all_is_shared(programs: Programs, port: int, tmp_path: Path) -> None:
    key = bytes(range(32))
    alice = programs.start("alice", "--json", "--js-listen", str(port), "--js-key", key.hex().upper())
    await _is_up(alice)
    async with js_peer(tmp_path / "js", dials=port, key=key) as anna:
        anna.append(_messages(["for you"]))
        await _reads(alice, "for you")


async def test_killed_in_the_middle_it_goes_on_where_it_was(programs: Programs, port: int, tmp_path: Path) -> None:
    hers = [f"{number} of alice" for number in range(300)]
    theirs = [f"{number} of anna" for number in range(3_000)]
    alice = programs.start("alice", "--json", "--js-listen", str(port))
    await _is_up(alice)
    alice.send(*hers)
    await _reads(alice, *hers)
    async with js_peer(tmp_path / "js", dials=port) as anna:
        anna.append(_messages(theirs))
        await until(_some(alice))
        alice.kill()
        alice = programs.start("alice", "--json", "--js-listen", str(port))
        alice.send("and one more")
        await _reads(alice, *hers, *theirs)
        await until(lambda: _said_to(anna, "alice") == [*hers, "and one more"])
        assert len(alice.texts) == len(set(alice.texts))


def _some(program: Program) -> Callable[[], bool]:
    """Whether it has printed anything of anna's."""
    return lambda: any(message["nickname"] == "anna" for message in program.messages)


async def test_one_of_them_alone_takes_what_was_to_be_sent_and_then_it_ends(programs: Programs, tmp_path: Path) -> None:
    async with js_peer(tmp_path / "js") as anna:
        how = ("--plain", "--exit-after-send", "--js-connect", f"{_HOST}:{anna.port}")
        bot = programs.start("bot", *how)
        bot.send("one", "two")
        bot.end_input()
        assert bot.wait() == 0
        await until(lambda: _said_to(anna, "bot") == ["one", "two"])

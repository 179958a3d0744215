"""Hostile messages, names and links through the real program: what it writes to a terminal, to a pipe, to a file."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from multifeed import Multifeed
from tests.helpers.hostile_texts import HARMLESS, INVISIBLE, SEQUENCES, TOWERS
from tests.helpers.program import LOOPBACK_ONLY, Program, Programs
from tests.helpers.terminal import Terminal, Terminals
from tests.helpers.terminal_output import Written, parse, shapes

COLUMNS, ROWS, FEW_ROWS = 140, 150, 40
PANEL_WIDTH = 28
AUTHORS = 12
LINK = "https://example.org/"
ESCAPE = b"\x1b"
LOOK, COPY, PAGE_UP = b"\x1b[1;5A", b"y", b"\x1b[5~"
LOOK_AWAY, LOOK_BACK = b"\x1b[O", b"\x1b[I"
PLACE = re.compile("t[0-9]{3}")
# An address that is written in a message, in ASCII, or the end of one.
ADDRESS = re.compile(f"8;(?:id=[0-9-]+;{re.escape(LINK)}[!-~]*|;)")
BASE64 = re.compile("52;c;[A-Za-z0-9+/=]*")
NEVER_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# What joins letters and pictures, and what keeps right-to-left lines to themselves.
KEPT = "\u200c\u200d\u2068\u2069"
# A word that stands in sequences of all kinds, and nowhere else.
PAYLOAD = "owned"


@dataclass(frozen=True)
class Said:
    nickname: str
    text: str


def in_groups(texts: Sequence[str], size: int) -> Iterator[str]:
    return (" ".join(texts[at : at + size]) for at in range(0, len(texts), size))


def encoded(text: str) -> str:
    """`text` without halves of characters: no record can hold them."""
    return text.encode(errors="ignore").decode()


def hostile() -> list[Said]:
    """Sequences of all kinds, some cut in two between a name and a text, and all else that hides or covers."""
    texts = [
        *in_groups(SEQUENCES[::3], 8),
        *in_groups(INVISIBLE, 20),
        *TOWERS,
        f"{LINK}\x1b]8;;http://{PAYLOAD}\x07",
        "\r\n\t\v",
    ]
    cut = [*SEQUENCES[::9], *INVISIBLE, *TOWERS]
    return [
        Said(encoded(f"n{number}{one[:2]}"), encoded(f"{one[2:]} t{number:03} {text}"))
        for number, (one, text) in enumerate(zip(cut, texts, strict=False))
    ]


def harmless(count: int) -> list[Said]:
    """As many messages and names that nobody means harm with, of all scripts."""
    return [
        Said(
            f"n{number} {HARMLESS[number % len(HARMLESS)][:20]}",
            f"t{number:03} {HARMLESS[number % len(HARMLESS)]} {LINK}{number}",
        )
        for number in range(count)
    ]


def write(store: Path, messages: Sequence[Said]) -> str:
    """Have several authors say all that; the key of the last of them, in hex."""
    with Multifeed.open(store, value_encoding="cbor") as multi:
        for number, message in enumerate(messages):
            minute, second = divmod(number, 60)
            multi.writer(f"author {number % AUTHORS}").append(
                {
                    "type": "chat-message",
                    "nickname": message.nickname,
                    "text": message.text,
                    "timestamp": f"2024-01-01T00:{minute:02}:{second:02}.000Z",
                }
            )
        return multi.writer(f"author {(len(messages) - 1) % AUTHORS}").key.hex()


@dataclass(frozen=True)
class Seen:
    """What a program wrote in the course of a session, how its screen was at the end of it, and what it exported."""

    pieces: list[Written]
    frame: list[tuple[str, str]]
    exported: bytes


def session(data_dir: Path, messages: Sequence[Said], late: str) -> Seen:
    """Alice reads all of it, and looks at it in all the ways that there are; `late` comes while she looks elsewhere."""
    with Terminals(data_dir) as terminals, Programs(data_dir, LOOPBACK_ONLY, terminals.room) as programs:
        key = write(programs.room_directory("mallory") / "room.sqlite", messages)
        alice = terminals.open("alice", columns=COLUMNS, rows=ROWS)
        mallory = programs.start("mallory", "--json")
        places = {f"t{number:03}" for number in range(len(messages))}
        # All at once: a screen as high as this takes long to look at.
        alice.wait_until(lambda: places <= _places(alice), "all that was said")
        alice.wait_for("1 person here")
        _be_called(alice, mallory, late)
        _look_around(alice, key, data_dir / "exported.txt")
        frame = list(_read_upwards(alice))
        alice.press("ctrl+q")
        assert alice.wait() == 0
        return Seen(list(parse(bytes(alice.raw))), frame, (data_dir / "exported.txt").read_bytes())


def _read_upwards(alice: Terminal) -> Iterator[tuple[str, str]]:
    """Read all of it page by page; what stands meanwhile in the first column of the people, and in what colour."""
    alice.write(ESCAPE)
    alice.resize(COLUMNS, FEW_ROWS)
    alice.wait_for("Write to", "1 person here", "called")
    while "t000" not in (before := _places(alice)):
        alice.write(PAGE_UP)
        alice.wait_until(partial(_shows_others, alice, before), "the page before")
        for y in range(1, FEW_ROWS - 6):
            cell = alice.cell(COLUMNS - PANEL_WIDTH, y)
            yield cell.data, cell.bg


def _places(alice: Terminal) -> set[str]:
    """Which of the messages are on the screen."""
    return set(PLACE.findall(alice.text))


def _shows_others(alice: Terminal, before: set[str]) -> bool:
    return not _places(alice) <= before


def _be_called(alice: Terminal, mallory: Program, late: str) -> None:
    alice.write(LOOK_AWAY)
    mallory.send(f"@alice {late} called")
    alice.wait_until(lambda: b"called\x1b\\" in alice.raw, "a notice")
    alice.write(LOOK_BACK)
    alice.wait_for("called")


def _look_around(alice: Terminal, key: str, export: Path) -> None:
    alice.write(b"@n")
    alice.wait_for("@n", "in all")
    alice.write(b"\x7f\x7f")
    alice.wait_until(lambda: "in all" not in alice.text, "no completions")
    alice.write(f"/whois {key[:12]}\r".encode())
    alice.wait_for("Who is")
    alice.write(ESCAPE)
    alice.wait_until(lambda: "Who is" not in alice.text, "nobody is told of")
    alice.write(b"/search t0\r")
    alice.wait_for("found")
    alice.write(ESCAPE)
    alice.wait_until(lambda: "found" not in alice.text, "the search is over")
    alice.write(f"/export {export}\r".encode())
    alice.wait_for("written to")
    alice.write(LOOK)
    alice.wait_until(lambda: any(" key " in line for line in alice.lines[-5:]), "what is told of a message")
    alice.write(COPY)
    alice.wait_for("Copied")


def _has_lines(program: Program, count: int) -> bool:
    return len(program.out) >= count


def require_harmless(text: str) -> None:
    shown = {character for character in text if unicodedata.category(character) in NEVER_SHOWN}
    assert shown <= set(KEPT), ascii(shown)


@pytest.mark.timeout(240)
def test_nothing_that_others_write_does_anything_to_the_terminal(tmp_path: Path) -> None:
    messages = hostile()
    seen = session(tmp_path / "hostile", messages, f"\x1b]0;{PAYLOAD}\x07\x9b31m\x1bP$qm\x1b\\\x9d52;c;?\x9c\u202e")
    calm = session(tmp_path / "harmless", harmless(len(messages)), "hello")
    # What is done to the terminal is what is done to it when nobody means harm.
    assert shapes(seen.pieces) <= shapes(calm.pieces)
    for piece in seen.pieces:
        if piece.kind == "text":
            require_harmless(piece.body)
        elif piece.shape == "osc 8":
            assert ADDRESS.fullmatch(piece.body)
        elif piece.shape == "osc 52":
            assert BASE64.fullmatch(piece.body)
        elif piece.shape == "osc 9":
            require_harmless(piece.body)
        else:
            assert PAYLOAD not in piece.body
    # Nothing that is said reaches into where the people are, with either.
    assert set(seen.frame) == set(calm.frame) == {calm.frame[-1]}
    require_harmless(seen.exported.decode().replace("\n", ""))
    assert seen.exported.count(PAYLOAD.encode()) > 10


def test_nothing_that_others_write_does_anything_to_who_reads_a_pipe(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        messages = hostile()
        write(programs.room_directory("mallory") / "room.sqlite", messages)
        readers = [programs.start("plain", "--plain"), programs.start("json", "--json")]
        seed = programs.start("hold", "--seed")
        programs.start("mallory", "--json")
        for reader in readers:
            reader.wait_until(partial(_has_lines, reader, len(messages)), "all that was said")
        for program in (*readers, seed):
            program.interrupt()
        plain, as_json = (reader.raw_out for reader in readers)
        require_harmless(plain.decode().replace("\n", "").replace("\t", ""))
        assert [line.count("\t") for line in plain.decode().splitlines()] == [2] * len(messages)
        assert set(as_json) <= {*range(0x20, 0x7F), ord("\n")}
        assert {json.loads(line)["text"] for line in as_json.splitlines()} == {message.text for message in messages}
        for program in (*readers, seed):
            require_harmless("".join(program.err))

"""No face of the program says a secret key, whatever it is asked or goes wrong; but for an invite, which is one."""

import base64
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from multichat.model.invite import Invite
from multichat.profile import ROOM_KEY_META, ROOM_NAME_META, WRITER_NAME, RoomOptions
from multifeed import KeyPair, Multifeed
from tests.helpers.program import PROGRAM, Program, new_room
from tests.helpers.terminal import Terminal

_LOCALHOST: Final = "127.0.0.1"
_DEVICE_KEY_META: Final = "device key"
_NICKNAMES: Final = ("alice", "bob")

# By this much of a secret it would be known again.
_TELLING_LENGTH_BYTES: Final = 8

# Everything that Python itself can say of what goes on is said.
_TALKATIVE: Final = ("env", "MULTICHAT_DEBUG=1", "PYTHONASYNCIODEBUG=1")

# The program, in which sending a message is a defect whose words are all that there is; the arguments come behind those
# that start the program as it is.
_DEFECTIVE: Final = f"""
import sys
from multichat import cli, room
def send(self, text):
    raise RuntimeError(f"{{text}} {{vars(self)!r}}")
room.Room.send = send
sys.exit(cli.main(sys.argv[{1 + len(PROGRAM)}:]))
"""


def _secret(what: str) -> bytes:
    """The same in every run, and nothing that could stand there by accident."""
    return hashlib.sha256(what.encode()).digest()


_ROOM_KEY: Final = _secret("room")


class _Room:
    """A room by invitation of which alice and bob have profiles, with keys that are known here."""

    def __init__(self, data_dir: Path) -> None:
        self.name = new_room()
        self.options = RoomOptions(data_dir, self.name, key=_ROOM_KEY)
        self.secrets = [_ROOM_KEY]
        for nickname in _NICKNAMES:
            seed, device_key = _secret(f"seed of {nickname}"), _secret(f"device of {nickname}")
            self.secrets += [seed, device_key]
            with Multifeed.open(self.directory(nickname) / "room.sqlite", value_encoding="cbor") as multi:
                multi.writer(WRITER_NAME, key_pair=KeyPair.from_seed(seed))
                multi.set_meta(_DEVICE_KEY_META, device_key)
                multi.set_meta(ROOM_KEY_META, _ROOM_KEY)
                multi.set_meta(ROOM_NAME_META, self.name.encode())

    def directory(self, nickname: str) -> Path:
        return self.options.directory(nickname)

    def arguments(self, *arguments: str) -> list[str]:
        """What opens it, in the place where it is."""
        place = ("--data-dir", str(self.options.data_dir), "--interface", "lo")
        return [*arguments, "--room", self.name, *place]

    def invite(self) -> str:
        return Invite(self.name, _ROOM_KEY).text

    def said_in(self, data: bytes) -> list[str]:
        """The forms in which a part of a secret stands in what was said or kept."""
        return [f"{form!r}" for secret in self.secrets for form in _forms(secret) if form in data]


def _forms(secret: bytes) -> Iterator[bytes]:
    """Whatever a secret may look like where it shows, whole or in part."""
    for at in range(len(secret) - _TELLING_LENGTH_BYTES + 1):
        part = secret[at : at + _TELLING_LENGTH_BYTES]
        yield part
        yield part.hex().encode()
        yield part.hex().upper().encode()
        yield part.hex(" ").encode()
        yield repr(part)[2:-1].encode()
        yield repr(list(part))[1:-1].encode()
    # Whichever byte it begins at: of each four letters three bytes are known.
    for at in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(secret[at : at + 12])
    yield base64.b32encode(secret).rstrip(b"=")
    yield Invite("shed", secret).letters[4:-16].encode()


@pytest.fixture
def room(tmp_path: Path) -> _Room:
    return _Room(tmp_path / "data")


@contextmanager
def _run(arguments: Sequence[str], prefix: Sequence[str] = _TALKATIVE) -> Iterator[Program]:
    program = Program(arguments, prefix=prefix)
    try:
        yield program
    finally:
        program.close()


def _said_by(program: Program) -> bytes:
    """All that it has said, to the byte."""
    return bytes(program.raw_out + program._err.raw)


def test_a_secret_would_be_found_in_any_of_its_forms() -> None:
    secret = _ROOM_KEY
    texts = [secret.hex(), repr(secret), str(list(secret)), Invite("any name", secret).text]
    for data in (secret, b"x" + secret[3:20], base64.b64encode(secret), *(text.encode() for text in texts)):
        assert any(form in data for form in _forms(secret)), data


@pytest.mark.parametrize("face", ["--json", "--plain"])
def test_talk_says_no_secret_and_leaves_none_beside_the_history(room: _Room, face: str) -> None:
    with _run(room.arguments("alice", face)) as alice:
        alice.wait_for_error(", port ")
        peer = f"{_LOCALHOST}:{alice.port}"
        with _run(room.arguments("bob", face, "--no-discovery", "--peer", peer)) as bob:
            alice.wait_for_people(1)
            alice.send("hello", "/me waves", "/whois bob", "/doctor", "x" * 20_000)
            bob.wait_for_line("/doctor")
            bob.send("hello to you")
            alice.wait_for_line("hello to you")
            assert bob.interrupt() == 0
        assert alice.interrupt() == 0
        for program in (alice, bob):
            assert room.said_in(_said_by(program)) == []
    _assert_nothing_is_kept_beside_the_history(room)


def test_a_seed_and_the_doctor_and_the_list_of_rooms_say_no_secret(room: _Room) -> None:
    with _run(room.arguments("alice", "--seed")) as seed, _run(room.arguments("bob", "--json")) as bob:
        bob.wait_for_people(1)
        bob.send("hello")
        bob.wait_for_line("hello")
        assert bob.interrupt() == 0
        assert seed.interrupt() == 0
        assert room.said_in(_said_by(seed) + _said_by(bob)) == []
    listing = ["--rooms", "alice", "--data-dir", str(room.options.data_dir)]
    asked = [
        room.arguments("bob", "--doctor"),
        room.arguments("bob", "--doctor", "--json"),
        listing,
        [*listing, "--json"],
    ]
    for arguments in asked:
        with _run(arguments) as program:
            assert program.wait() == 0
            assert program.out, program.report()
            assert room.said_in(_said_by(program)) == []
    _assert_nothing_is_kept_beside_the_history(room)


def test_what_is_refused_is_refused_without_a_secret(room: _Room) -> None:
    with _run(room.arguments("alice", "--json")) as alice:
        alice.wait_for_error(", port ")
        wrong_invite = room.invite()[:-1] + ("A" if room.invite()[-1] != "A" else "B")
        place = ["--data-dir", str(room.options.data_dir), "--interface", "lo"]
        refused = [
            room.arguments("alice", "--plain"),
            room.arguments("alice", "--doctor"),
            room.arguments("bob", "--plain", "--port", str(alice.port)),
            room.arguments("bob", "--plain", "--interface", "none0"),
            ["carol", "--plain", "--room", wrong_invite, *place],
            ["carol", "--plain", "--room", room.invite()[:-5], *place],
            ["carol", "--plain", room.invite(), *place],
            [room.invite(), "--plain", *place],
            ["carol", "--plain", "--room", f"{room.name}#12345678", *place],
            ["alice", "--plain", "--new-room", room.name, *place],
        ]
        for arguments in refused:
            with _run(arguments) as program:
                assert program.wait() != 0, program.report()
                assert program.err, program.report()
                assert room.said_in(_said_by(program)) == [], program.report()


def test_damage_is_said_without_a_secret(room: _Room) -> None:
    path = room.directory("alice") / "room.sqlite"
    content = bytearray(path.read_bytes())
    # All but the header, and every second byte: what is left of a page may be read.
    content[200::2] = bytes(len(content[200::2]))
    path.write_bytes(content)
    for face in ("--plain", "--doctor", "--rooms"):
        arguments = room.arguments("alice", face) if face != "--rooms" else [face, "alice", *room.arguments()[2:]]
        with _run(arguments) as program:
            program.wait()
            assert program.out or program.err
            assert room.said_in(_said_by(program)) == [], program.report()


@pytest.mark.parametrize(
    ("prefix", "told"), [((), "a defect of multichat"), (_TALKATIVE, "Traceback")], ids=["", "debug"]
)
def test_a_defect_is_told_without_a_secret_to_users_and_to_whoever_looks_for_it(
    room: _Room, prefix: Sequence[str], told: str
) -> None:
    with _run(room.arguments("alice", "--plain"), [*prefix, sys.executable, "-c", _DEFECTIVE]) as alice:
        alice.wait_for_error(", port ")
        alice.send("what is to be said")
        assert alice.wait() == 1
        assert any(told in line for line in alice.err), alice.report()
        assert b"what is to be said" in _said_by(alice)
        assert room.said_in(_said_by(alice)) == []


def test_the_screen_shows_no_secret(room: _Room) -> None:
    terminal = Terminal(room.arguments("alice"), columns=120, rows=40, changes={"MULTICHAT_DEBUG": "1"})
    try:
        terminal.wait_for("Write to")
        terminal.say("hello")
        for command, title in (("/whois alice", "Who is alice"), ("/doctor", "Who is found"), ("/help", "─ Help ─")):
            terminal.say(command)
            terminal.wait_for(title, "Escape closes")
            terminal.write(b"\x1b")
            terminal.wait_until(lambda: title not in terminal.text, "the end of it")  # noqa: B023 (waited for at once)
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert room.said_in(bytes(terminal.raw)) == []
    finally:
        terminal.close()
    _assert_nothing_is_kept_beside_the_history(room)


def _assert_nothing_is_kept_beside_the_history(room: _Room) -> None:
    """Whatever lies in the data directory, but for the one file whose permissions guard it and what belongs to it."""
    data_dir = room.options.data_dir
    kept = [path for path in data_dir.rglob("*") if path.is_file() and not path.name.startswith("room.sqlite")]
    assert "desk.json" in {path.name for path in kept}
    assert [path for path in kept if room.said_in(path.read_bytes())] == []
    assert [path for path in data_dir.rglob("*") if room.said_in(str(path).encode())] == []
    history = room.directory("alice") / "room.sqlite"
    assert room.said_in(history.read_bytes()), "this is where they are"

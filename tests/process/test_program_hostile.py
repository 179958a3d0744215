import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from multifeed import Multifeed
from multifeed.keys import room_key_from_name
from multifeed.protocol.channel import Channel
from multifeed.protocol.noise import DhKeyPair
from tests.helpers.program import Program, Programs

BY_HAND = "--no-discovery"
LOCALHOST = "127.0.0.1"
LOOPBACK_BROADCAST = "127.255.255.255"
DISCOVERY_PORT = 27_272
PATIENCE_S = 30

# The first message of a Noise XXpsk0 handshake: an ephemeral key and a tag.
HANDSHAKE_START_LENGTH_BYTES = 48


@pytest.mark.parametrize("seed", [1, 2])
def test_random_bytes_on_the_port_do_not_disturb_a_conversation(programs: Programs, seed: int) -> None:
    print(f"seed {seed}")
    noise = random.Random(seed)
    alice, bob = programs.connected(BY_HAND)
    for number in range(30):
        with socket.create_connection((LOCALHOST, alice.port)) as stranger:
            _send_all_taken(stranger, noise.randbytes(noise.choice([0, 1, 2, 3, 47, 48, 50, 1000, 65_537, 300_000])))
        if number % 10 == 0:
            _exchange(alice, bob, f"after {number}")
    _exchange(alice, bob, "at the end")


def test_strangers_who_start_a_handshake_and_say_no_more_do_not_keep_others_out(programs: Programs) -> None:
    alice, bob = programs.connected()
    with _silent_connections(alice.port, 100):
        _exchange(alice, bob, "in spite of them")
        carol = programs.start("carol", "--json")
        carol.wait_for_texts("in spite of them, said alice", "in spite of them, said bob")
        _exchange(alice, carol, "newcomers too")


def test_someone_without_the_rooms_key_is_let_go_without_an_answer(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    with socket.create_connection((LOCALHOST, alice.port)) as stranger:
        stranger.sendall(_handshake_start(random.Random(1)))
        assert _read_to_the_end(stranger) == b""


def test_whoever_breaks_off_within_the_handshake_is_let_go(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    start = _insider(programs.room).data_to_send()
    with ExitStack() as stack:
        insiders = [stack.enter_context(socket.create_connection((LOCALHOST, alice.port))) for _ in range(4)]
        for insider, count in zip(insiders, (0, 1, len(start) - 1, len(start)), strict=True):
            insider.sendall(start[:count])
        # Only the last one has shown that it knows the room.
        assert [bool(_read_to_the_end(insider)) for insider in insiders] == [False, False, False, True]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_someone_who_knows_the_room_and_talks_nonsense_is_let_go(programs: Programs, seed: int) -> None:
    print(f"seed {seed}")
    noise = random.Random(seed)
    alice, bob = programs.connected(BY_HAND)
    for number in range(10):
        with socket.create_connection((LOCALHOST, alice.port)) as connection:
            connection.settimeout(PATIENCE_S)
            insider = _insider(programs.room)
            connection.sendall(insider.data_to_send())
            while not insider.is_open:
                for _ in insider.receive(connection.recv(65_536)):
                    pass
            for _ in range(number):
                insider.send(noise.randbytes(noise.choice([1, 2, 100, 70_000])))
            _send_all_taken(connection, insider.data_to_send() + noise.randbytes(noise.choice([3, 300])))
            if number > 0:
                _read_to_the_end(connection)
    _exchange(alice, bob, "in spite of all that")
    assert not any("2 here" in line for line in alice.err)


@pytest.mark.parametrize("seed", [1, 2])
def test_junk_on_the_discovery_port_does_not_keep_people_from_finding_each_other(programs: Programs, seed: int) -> None:
    print(f"seed {seed}")
    noise = random.Random(seed)
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(200):
            stranger.sendto(
                noise.randbytes(noise.choice([0, 1, 24, 40, 100, 128, 1200, 9000])), (LOCALHOST, DISCOVERY_PORT)
            )
    bob = programs.start("bob", "--json")
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    _exchange(alice, bob, "hello")


def test_damaged_copies_of_real_announcements_do_no_harm(programs: Programs) -> None:
    print("seed 3")
    noise = random.Random(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        stranger.settimeout(PATIENCE_S)
        stranger.bind((LOOPBACK_BROADCAST, DISCOVERY_PORT))
        alice, bob = programs.start("alice", "--json"), programs.start("bob", "--json")
        for _ in range(4):
            beacon = stranger.recv(65_536)
            for _ in range(20):
                stranger.sendto(beacon[: noise.randrange(len(beacon))], (LOOPBACK_BROADCAST, DISCOVERY_PORT))
                stranger.sendto(_flipped(noise, beacon), (LOOPBACK_BROADCAST, DISCOVERY_PORT))
            # The same again, word for word.
            stranger.sendto(beacon, (LOOPBACK_BROADCAST, DISCOVERY_PORT))
    alice.wait_for_people(1)
    bob.wait_for_people(1)
    _exchange(alice, bob, "hello")


def test_records_that_make_no_sense_are_passed_on_unseen_and_a_hostile_name_is_harmless(programs: Programs) -> None:
    hostile_name = "\x1b[2J\x9bowned\u202e" + "x" * 1000
    good = {"type": "chat-message", "timestamp": "2024-01-01T00:00:00.000Z"}
    directory = programs.room_directory("mallory")
    with Multifeed.open(directory / "room.sqlite", value_encoding="cbor") as multi:
        feed = multi.writer("local")
        feed.extend(
            [
                {**good, "nickname": hostile_name, "text": "a\nb\r\n\x1b[31mc"},
                {**good, "nickname": "", "text": "from nobody"},
                {**good, "nickname": 7, "text": "a number for a name"},
                {**good, "nickname": "mallory", "text": ["a list"]},
                {**good, "nickname": "mallory", "text": "when?", "timestamp": "yesterday"},
                {**good, "nickname": "mallory", "text": "too early", "timestamp": "0001-01-01T00:00:00Z"},
                {**good, "nickname": "mallory", "text": "far ahead", "timestamp": "9999-12-31T23:59:59.999Z"},
                {**good, "nickname": "mallory", "text": "x" * 100_000},
                {"type": "unknown", "text": "never shown"},
                None,
                {**good, "nickname": "mallory", "text": "the last one"},
            ]
        )
    reader = programs.start("reader", "--plain", BY_HAND)
    mallory = programs.start("mallory", "--json", BY_HAND, "--peer", f"{LOCALHOST}:{reader.port}")
    reader.wait_until(lambda: len(reader.out) == 4, "the messages that are messages")
    mallory.send("goodbye")
    reader.wait_for_line("\tmallory\tgoodbye")
    assert reader.raw_out.decode().replace("\n", "").replace("\t", "").isprintable()
    assert "owned" in reader.raw_out.decode()
    assert max(map(len, reader.out)) < 16_100
    assert reader.interrupt() == 0
    assert mallory.interrupt() == 0

    third = programs.start("third", "--plain", BY_HAND)
    again = programs.start("reader", "--json", BY_HAND, "--peer", f"{LOCALHOST}:{third.port}")
    third.wait_until(lambda: len(third.out) == 5, "all of it from one who only passed it on")
    assert [message["text"] for message in again.messages if message["nickname"] == hostile_name] == [
        "a\nb\r\n\x1b[31mc"
    ]


def _exchange(one: Program, other: Program, what: str) -> None:
    """Both say `what`, and both hear it."""
    name, other_name = one.arguments[0], other.arguments[0]
    one.send(f"{what}, said {name}")
    other.send(f"{what}, said {other_name}")
    for program in (one, other):
        program.wait_for_texts(f"{what}, said {name}", f"{what}, said {other_name}")


def _send_all_taken(stranger: socket.socket, data: bytes) -> None:
    """Send as much as the other side takes before it hangs up."""
    try:
        stranger.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _read_to_the_end(connection: socket.socket) -> bytes:
    """What the other side says before it hangs up, however it does."""
    connection.settimeout(PATIENCE_S)
    said = b""
    try:
        while data := connection.recv(65_536):
            said += data
    except ConnectionResetError:
        # It had not read everything.
        pass
    return said


def _insider(room: str) -> Channel:
    """The dialling end of a channel, of someone who knows the room."""
    device, ephemeral = (DhKeyPair.from_private(bytes([number]) * 32) for number in (1, 2))
    return Channel(initiator=True, room_key=room_key_from_name(room), device=device, ephemeral=ephemeral)


@contextmanager
def _silent_connections(port: int, count: int) -> Iterator[None]:
    noise = random.Random(count)
    with ExitStack() as stack:
        for number in range(count):
            stranger = stack.enter_context(socket.create_connection((LOCALHOST, port)))
            _send_all_taken(stranger, _handshake_start(noise)[: number % 50])
        yield


def _handshake_start(noise: random.Random) -> bytes:
    return HANDSHAKE_START_LENGTH_BYTES.to_bytes(2) + noise.randbytes(HANDSHAKE_START_LENGTH_BYTES)


def _flipped(noise: random.Random, data: bytes) -> bytes:
    at = noise.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << noise.randrange(8))]) + data[at + 1 :]

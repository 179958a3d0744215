"""Somebody on the network who does not know the room and writes down every byte: what it gives away, and what not."""

import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from multichat.profile import ROOM_KEY_META
from multifeed import Multifeed
from multifeed.glance import glance
from multifeed.keys import beacon_key_of, room_key_from_name, topic_of
from multifeed.net.discovery import DISCOVERY_PORT
from multifeed.protocol.beacon import MAGIC, Beacon, BeaconBox
from multifeed.protocol.noise import DhKeyPair
from tests.helpers.program import LOOPBACK_ONLY, Programs

_LOCALHOST = "127.0.0.1"
_LOOPBACK_BROADCAST = "127.255.255.255"
_PATIENCE_S = 30.0
_DEVICE_KEY_META = "device key"

# By this much of it a name or a text would be known again; of random bytes as many never come twice.
_TELLING_LENGTH_BYTES = 8


def test_the_announcements_of_a_program_name_nobody_and_have_nothing_in_common(programs: Programs) -> None:
    with _listening() as sock:
        alice = programs.start("alice-the-great", "--json")
        alice.send("what is said is nobody else's affair")
        own = _announcements(sock, room_key_from_name(programs.room), count=3)
        key = bytes.fromhex(alice.messages[0]["feed"])
        assert alice.interrupt() == 0
    ids = {beacon.instance_id for _, beacon in own}
    assert len(ids) == 1, "they are of one program"
    secrets = _secrets_of(programs, "alice-the-great")
    datagrams = [datagram[len(MAGIC) :] for datagram, _ in own]
    for datagram in datagrams:
        assert not _telling_parts(datagram) & _telling_parts(b"alice-the-great", *secrets, *ids, key)
    for number, datagram in enumerate(datagrams):
        assert not _telling_parts(datagram) & _telling_parts(*datagrams[:number])


def test_another_run_of_the_program_announces_itself_as_somebody_else(programs: Programs) -> None:
    """Even the room does not know a program again by its announcements."""
    with _listening() as sock:
        ids, room_key = set(), room_key_from_name(programs.room)
        for _ in range(2):
            alice = programs.start("alice", "--json")
            ids |= {beacon.instance_id for _, beacon in _announcements(sock, room_key, count=1)}
            assert alice.interrupt() == 0
            # How it says that it leaves.
            ids |= {beacon.instance_id for _, beacon in _announcements(sock, room_key, count=1)}
    assert len(ids) == 2


def test_whoever_guesses_the_name_of_an_open_room_knows_so_by_one_announcement(programs: Programs) -> None:
    """And is then in the room like everybody else: a name is no secret."""
    assert _names_that_lead_to(programs, "--open-room") == [programs.room]


def test_no_name_leads_into_a_room_by_invitation(programs: Programs) -> None:
    assert _names_that_lead_to(programs, "--new-room") == []


def _names_that_lead_to(programs: Programs, option: str) -> list[str]:
    """Those of a few names, the right one among them, with which one can read what a program announces."""
    with _listening() as sock:
        alice = programs.run("alice", "--json", option, programs.room, "--data-dir", programs.data_dir, *LOOPBACK_ONLY)
        alice.wait_for_error(", port ")
        (directory,) = programs.room_directory("alice").parent.iterdir()
        room_key = glance(directory / "room.sqlite", [ROOM_KEY_META]).meta[ROOM_KEY_META]
        ((datagram, _),) = _announcements(sock, room_key, count=1)
    guesses = {name: BeaconBox(beacon_key_of(room_key_from_name(name))) for name in ("lobby", "garden", programs.room)}
    return [name for name, box in guesses.items() if box.unseal(datagram) is not None]


def test_on_a_link_nothing_is_said_that_a_stranger_could_read(programs: Programs) -> None:
    texts = [f"number {number} of what is said between two" for number in range(20)]
    bob = programs.start("bob-the-builder", "--json", "--no-discovery")
    with _tapped(bob.port) as (port, written_down):
        alice = programs.start("alice-the-great", "--json", "--no-discovery", "--peer", f"{_LOCALHOST}:{port}")
        bob.wait_for_people(1)
        alice.send(*texts)
        bob.wait_for_texts(*texts)
        bob.send("and an answer to it")
        alice.wait_for_texts("and an answer to it")
        keys = [bytes.fromhex(message["feed"]) for message in alice.messages]
        for program in (alice, bob):
            assert program.interrupt() == 0
    overheard = bytes(written_down)
    assert len(overheard) > sum(map(len, texts)), "it went by here"
    names = [b"alice-the-great", b"bob-the-builder", b"chat-message", b"multichat/", programs.room.encode()]
    secrets = [secret for name in ("alice-the-great", "bob-the-builder") for secret in _secrets_of(programs, name)]
    said = [text.encode() for text in texts]
    assert not _telling_parts(overheard) & _telling_parts(*names, *keys, *secrets, *said)


@contextmanager
def _listening() -> Iterator[socket.socket]:
    """A socket that hears every announcement on this machine, as that of any stranger does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(_PATIENCE_S)
        sock.bind((_LOOPBACK_BROADCAST, DISCOVERY_PORT))
        yield sock


def _announcements(sock: socket.socket, room_key: bytes, count: int) -> list[tuple[bytes, Beacon]]:
    """The next so many of a room, each with what only the room can read in it."""
    box = BeaconBox(beacon_key_of(room_key))
    heard: list[tuple[bytes, Beacon]] = []
    while len(heard) < count:
        # Other programs on this machine have beacons too.
        datagram = sock.recv(65_536)
        if (beacon := box.unseal(datagram)) is not None:
            heard.append((datagram, beacon))
    return heard


@contextmanager
def _tapped(target_port: int) -> Iterator[tuple[int, bytearray]]:
    """A port that leads to another one, and all that goes by, both ways; one connection."""
    written_down = bytearray()
    with socket.create_server((_LOCALHOST, 0)) as server:
        tap = threading.Thread(target=_pass_on, args=(server, target_port, written_down), daemon=True)
        tap.start()
        yield server.getsockname()[1], written_down
        tap.join(_PATIENCE_S)


def _pass_on(server: socket.socket, target_port: int, written_down: bytearray) -> None:
    near, _ = server.accept()
    with (
        closing(near),
        socket.create_connection((_LOCALHOST, target_port)) as far,
        selectors.DefaultSelector() as ready,
    ):
        ready.register(near, selectors.EVENT_READ, far)
        ready.register(far, selectors.EVENT_READ, near)
        while True:
            for key, _ in ready.select():
                assert isinstance(key.fileobj, socket.socket)
                try:
                    data = key.fileobj.recv(65_536)
                    key.data.sendall(data)
                except OSError:
                    return
                if not data:
                    return
                written_down += data


def _secrets_of(programs: Programs, nickname: str) -> list[bytes]:
    """All that lies on the disk of a profile and tells it or the room from others, and the two public keys of it."""
    with Multifeed.open(_store(programs, nickname), value_encoding="cbor") as multi:
        device_key, room_key = multi.meta(_DEVICE_KEY_META), multi.meta(ROOM_KEY_META)
        own = multi.writer("local").key_pair
        assert device_key is not None
        assert room_key is not None
        assert own is not None
    public_keys = [own.public_key, DhKeyPair.from_private(device_key).public_key]
    return [device_key, room_key, own.seed, topic_of(room_key), beacon_key_of(room_key), *public_keys]


def _store(programs: Programs, nickname: str) -> Path:
    return programs.room_directory(nickname) / "room.sqlite"


def _telling_parts(*texts: bytes) -> set[bytes]:
    return {part for text in texts for part in _parts(text)}


def _parts(text: bytes) -> Iterable[bytes]:
    return (text[at : at + _TELLING_LENGTH_BYTES] for at in range(len(text) - _TELLING_LENGTH_BYTES + 1))

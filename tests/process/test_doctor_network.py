"""`--doctor`: what it says to somebody who sees nobody."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from multifeed.keys import room_key_from_name
from multifeed.protocol.channel import PROTOCOL_VERSION, Channel
from multifeed.protocol.noise import DhKeyPair
from tests.helpers.program import Programs, new_room

WRONG_USAGE = 2


def _report(programs: Programs, *options: str, room: str | None = None) -> str:
    doctor = programs.start("doctored", "--doctor", *options, room=room)
    doctor.wait()
    return "\n".join(doctor.out)


def _findings(programs: Programs, *options: str) -> list[dict[str, Any]]:
    doctor = programs.start("doctored", "--doctor", "--json", *options)
    doctor.wait()
    return [json.loads(line) for line in doctor.out]


def test_who_is_there_is_met(programs: Programs) -> None:
    programs.start("alice", "--json").wait_for_error(", port ")
    report = _report(programs)
    assert "sends and hears; of this room 1 heard" in report
    assert "is in this room (multichat/" in report
    assert "this machine's clock agrees with the others'" in report
    assert "nobody of this room was met" not in report


def test_one_who_is_in_another_room_is_counted_and_not_named(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    report = _report(programs, "--peer", f"127.0.0.1:{alice.port}", room=new_room())
    assert "of other rooms 1 host; see that the room's name is right" in report
    assert f"127.0.0.1:{alice.port} answers, but is in another room" in report
    assert "alice" not in report


def test_each_peer_that_cannot_be_reached_is_said_with_why(programs: Programs) -> None:
    report = _report(programs, "--peer", "127.0.0.1:1", "--peer", "nosuch.invalid:5")
    assert "127.0.0.1:1 is there, but nothing listens on that port" in report
    assert "nosuch.invalid:5 there is no host of that name" in report
    assert "nobody of this room was met" in report


def test_one_of_another_version_is_told_from_one_of_another_room(programs: Programs) -> None:
    with _speaker_of_version(PROTOCOL_VERSION + 1, programs.room) as port:
        assert f"127.0.0.1:{port} is in this room, with another version" in _report(
            programs, "--peer", f"127.0.0.1:{port}"
        )


def test_whoever_connects_by_hand_to_another_version_is_told(programs: Programs) -> None:
    with _speaker_of_version(PROTOCOL_VERSION + 1, programs.room) as port:
        alice = programs.start("alice", "--json", "--no-discovery", "--peer", f"127.0.0.1:{port}")
        alice.wait_for_error("another version")


def test_whoever_connects_by_hand_to_another_room_is_told(programs: Programs) -> None:
    other = programs.start("bob", "--json", "--no-discovery", room=new_room())
    other.wait_for_error(", port ")
    alice = programs.start("alice", "--json", "--no-discovery", "--peer", f"127.0.0.1:{other.port}")
    alice.wait_for_error("is in another room; trying again")


def test_a_port_that_is_taken_is_said(programs: Programs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"TCP port {port} cannot be opened here" in _report(programs, "--port", str(port))


def test_for_programs_each_finding_is_an_object_with_its_figures(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    findings = _findings(programs, "--peer", "127.0.0.1:1")
    (network,) = (it for it in findings if it["finding"] == "network")
    assert network["interface"] == "lo"
    assert network["of_this_room"] == 1
    assert network["own_heard"] > 0
    assert network["sent"] > 0
    assert not network["problem"]
    peers = {it["port"]: it for it in findings if it["finding"] == "peer"}
    assert peers[alice.port]["outcome"] == "met"
    assert not peers[alice.port]["by_hand"]
    assert peers[1]["outcome"] == "refused"
    assert peers[1]["problem"]
    assert peers[1]["advice"]
    assert {it["finding"] for it in findings} >= {"network", "port", "peer", "clock", "history"}


def test_it_goes_with_no_other_face_than_json(programs: Programs) -> None:
    for face in ("--plain", "--seed"):
        assert programs.start("alice", "--doctor", face).wait() == WRONG_USAGE


@contextmanager
def _speaker_of_version(version: int, room: str) -> Iterator[int]:
    """Somebody who knows the room and speaks another version; its port."""
    room_key = room_key_from_name(room)

    def answer(connection: socket.socket) -> None:
        device, ephemeral = (DhKeyPair.from_private(bytes([number]) * 32) for number in (1, 2))
        channel = Channel(initiator=False, room_key=room_key, device=device, ephemeral=ephemeral, version=version)
        with suppress(Exception), connection:
            while data := connection.recv(65_536):
                for _ in channel.receive(data):
                    pass
                connection.sendall(channel.data_to_send())

    def serve(server: socket.socket) -> None:
        # Ends when the server is closed.
        with suppress(OSError):
            while True:
                answer(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)

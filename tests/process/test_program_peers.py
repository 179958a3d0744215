import secrets
import socket
from contextlib import suppress

import pytest

from tests.helpers.program import Programs

BY_HAND = "--no-discovery"
LOCALHOST = "127.0.0.1"


@pytest.mark.parametrize("host", ["a..b", "x" * 64, ".".join(["x" * 60] * 5)])
def test_a_host_that_cannot_be_found_is_said_and_the_program_goes_on(programs: Programs, host: str) -> None:
    # None of these names is one that a resolver would ask the network about.
    alice = programs.start("alice", "--json", BY_HAND, "--peer", f"{host}:1")
    bob = programs.start("bob", "--json", BY_HAND, "--peer", f"{LOCALHOST}:{alice.port}")
    alice.wait_for_error(host[:60])
    bob.send("all the same")
    alice.wait_for_texts("all the same")


def test_an_address_where_nobody_listens_is_said_and_tried_again(programs: Programs) -> None:
    port = _free_port()
    alice = programs.start("alice", "--json", BY_HAND, "--peer", f"{LOCALHOST}:{port}")
    alice.wait_for_error(f"nobody listens on {LOCALHOST}:{port}")
    bob = programs.start("bob", "--json", BY_HAND, "--port", str(port))
    bob.send("there you are")
    alice.wait_for_texts("there you are")
    assert sum(f":{port}" in line for line in alice.err) == 1


def test_a_peer_that_comes_back_is_dialled_again(programs: Programs) -> None:
    port = _free_port()
    bob = programs.start("bob", "--json", BY_HAND, "--port", str(port))
    alice = programs.start("alice", "--json", BY_HAND, "--peer", f"{LOCALHOST}:{port}")
    alice.wait_for_people(1)
    bob.kill()
    alice.wait_for_people(0)
    alice.send("while you were gone")
    alice.wait_for_texts("while you were gone")
    again = programs.start("bob", "--json", BY_HAND, "--port", str(port))
    again.wait_for_texts("while you were gone")


def test_a_peer_given_twice_or_ourselves_counts_as_nobody_new(programs: Programs) -> None:
    own_port = _free_port()
    bob = programs.start("bob", "--json", BY_HAND)
    peers = [f"{LOCALHOST}:{bob.port}", f"localhost:{bob.port}", f"{LOCALHOST}:{own_port}"]
    options = [argument for peer in peers for argument in ("--peer", peer)]
    alice = programs.start("alice", "--json", BY_HAND, "--port", str(own_port), *options)
    alice.wait_for_people(1)
    alice.send("hello")
    bob.wait_for_texts("hello")
    bob.send("hello yourself")
    for person in (alice, bob):
        person.wait_for_texts("hello", "hello yourself")
    assert not any("2 here" in line for line in (*alice.err, *bob.err))
    assert len(alice.texts) == len(bob.texts) == 2


def _free_port() -> int:
    """A port that nobody uses, below those that systems give to whoever asks for any."""
    for _ in range(100):
        port = 20_000 + secrets.randbelow(7_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("", port))
            return port
    raise AssertionError("every port is in use")

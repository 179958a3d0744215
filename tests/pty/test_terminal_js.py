"""A person on a screen shares the room with JavaScript peers."""

import socket
from pathlib import Path

import pytest

from tests.helpers.terminal import Terminals

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_it_is_said_that_the_room_is_open_to_them_and_what_their_links_are_worth(terminals: Terminals) -> None:
    port = _free_port()
    alice = terminals.open("alice", "--js-listen", str(port))
    alice.wait_for(f"on TCP port {port}: to anybody, since", "not authenticated against")
    alice.wait_for_line("open to JS", "unauth")
    alice.say("/doctor")
    alice.wait_for("0 are linked")
    alice.press("ctrl+q")
    assert alice.wait() == 0

    # Only this machine reaches it with `--interface lo`.
    alice = terminals.open("alice", "--js-listen", str(port), columns=40, rows=12)
    alice.wait_for_line("JS unauth")
    with socket.create_connection(("127.0.0.1", port)):
        pass
    inside = {line.split()[1] for line in _listening(port)}
    assert inside <= {f"0100007F:{port:04X}", f"{'0' * 24}01000000:{port:04X}"}
    assert inside


def _listening(port: int) -> list[str]:
    """The sockets of this machine that listen on a port, as the kernel lists them."""
    lines = []
    for name in ("tcp", "tcp6"):
        table = Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()
        lines += [line for line in table if f":{port:04X} " in line and " 0A " in line]
    return lines

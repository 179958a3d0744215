"""A bad wire: passes Ethernet frames on between two interfaces, late, and not all of them.

A process of its own in a namespace of its own, since not every kernel can make a wire bad itself. Every interface that
is in the namespace when it starts is left without offloads, so that frames come whole and with their checksums: the
ends that belong elsewhere are moved there afterwards.
"""

import argparse
import array
import fcntl
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_READY: Final = "ready"
_FRAME_LENGTH_MAX_BYTES: Final = 65_536

# From <linux/if_ether.h>, <linux/if_packet.h> and <linux/socket.h>.
_ETH_P_ALL: Final = 3
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP: Final = 1
_PACKET_MR_PROMISC: Final = 1

# From <linux/sockios.h> and <linux/ethtool.h>.
_SIOCETHTOOL: Final = 0x8946
_ETHTOOL_STXCSUM: Final = 0x17
_ETHTOOL_STSO: Final = 0x1F
_ETHTOOL_SGSO: Final = 0x24
_ETHTOOL_SGRO: Final = 0x2C


@dataclass(frozen=True)
class Wire:
    """What happens to each frame, either way: it is late by `delay_s`, and the part `loss` of all is lost.

    With the same seed it is the same ones of those that go one way.
    """

    delay_s: float
    loss: float
    seed: int


@contextmanager
def laid(wire: Wire, namespace: str, one: str, other: str) -> Iterator[None]:
    """Pass frames on between two interfaces of `namespace` for the time of the `with`."""
    command = [
        *("ip", "netns", "exec", namespace, sys.executable, "-m", "tests.helpers.wire", one, other),
        *("--delay-ms", str(wire.delay_s * 1e3), "--loss-percent", str(wire.loss * 100), "--seed", str(wire.seed)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{_READY}\n", "the wire does not pass anything on"
            yield
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.helpers.wire")
    parser.add_argument("interfaces", nargs=2, metavar="INTERFACE")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--loss-percent", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for _, interface in socket.if_nameindex():
        if interface != "lo":
            _stop_offloads(interface)
    one, other = (_open(interface) for interface in options.interfaces)
    print(_READY, flush=True)
    _pass_on(one, other, Wire(options.delay_ms / 1e3, options.loss_percent / 100, options.seed))


def _pass_on(one: socket.socket, other: socket.socket, wire: Wire) -> None:
    """Go on until whoever started this has gone, and stdin ends."""
    # One order for both ways: every frame is late by the same time.
    under_way: deque[tuple[float, socket.socket, bytes]] = deque()
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        selector.register(one, selectors.EVENT_READ, (one, other, Random(wire.seed)))
        selector.register(other, selectors.EVENT_READ, (other, one, Random(wire.seed + 1)))
        while True:
            timeout_s = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
            for key, _ in selector.select(timeout_s):
                if key.data is None:
                    return
                source, target, rng = key.data
                frame = _receive(source)
                if frame and rng.random() >= wire.loss:
                    under_way.append((time.monotonic() + wire.delay_s, target, frame))
            while under_way and under_way[0][0] <= time.monotonic():
                _, target, frame = under_way.popleft()
                # An end that is down: what would have come out of it is lost.
                with suppress(OSError):
                    target.send(frame)


def _receive(source: socket.socket) -> bytes:
    """A frame that has come in; nothing for one that we have sent."""
    try:
        frame, (_, _, kind, *_) = source.recvfrom(_FRAME_LENGTH_MAX_BYTES)
    except OSError:
        # The interface is down, which is said once.
        return b""
    return b"" if kind == socket.PACKET_OUTGOING else frame


def _open(interface: str) -> socket.socket:
    """A socket for all that comes to `interface`, for whomever it is."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((interface, _ETH_P_ALL))
    membership = struct.pack("iHH8s", socket.if_nametoindex(interface), _PACKET_MR_PROMISC, 0, b"")
    sock.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    sock.setblocking(False)
    return sock


def _stop_offloads(interface: str) -> None:
    """Let the kernel, and no device, cut what is sent into frames and sum it up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for command in (_ETHTOOL_STXCSUM, _ETHTOOL_STSO, _ETHTOOL_SGSO, _ETHTOOL_SGRO):
            value = array.array("I", (command, 0))
            request = struct.pack("16sP16x", interface.encode(), value.buffer_info()[0])
            fcntl.ioctl(sock, _SIOCETHTOOL, request)


if __name__ == "__main__":
    main()

"""Hosts of their own on this machine: network namespaces, joined by switches, without a way to any real network.

Each switch is a bridge in a namespace of its own, so that nothing is ever seen outside.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Interface
from types import TracebackType
from typing import Final, Self

import pytest

from tests.helpers.wire import Wire, laid

_COMMAND_TIMEOUT_S: Final = 20
_BRIDGE: Final = "bridge0"


def require_namespaces() -> None:
    """Skip a test where hosts cannot be made; where every test is to run, fail it."""
    if os.geteuid() != 0:
        reason = "only root can make network namespaces"
    elif shutil.which("ip") is None:
        reason = "network namespaces need the command ip"
    elif not _can_make_namespaces():
        reason = "this machine lets not even root make network namespaces"
    else:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Switch:
    """What hosts of one subnet are plugged into."""

    namespace: str


@dataclass(frozen=True)
class Cable:
    """Joins an interface of a host with a switch."""

    switch: Switch
    port: str
    address: str
    host: "Host"
    interface: str

    def pull(self) -> None:
        _ip("-n", self.switch.namespace, "link", "set", self.port, "down")

    def plug(self) -> None:
        _ip("-n", self.switch.namespace, "link", "set", self.port, "up")

    def readdress(self, address: str) -> None:
        """Give the interface another address in place of all that it has."""
        _ip("-n", self.host.namespace, "address", "flush", "dev", self.interface)
        _ip("-n", self.host.namespace, "address", "add", address, "broadcast", "+", "dev", self.interface)

    def widen(self, prefix_length: int) -> None:
        """Give the interface another netmask, and with it another broadcast address."""
        self.readdress(f"{self.address}/{prefix_length}")

    def switch_off(self) -> None:
        """Take the interface down, on the host."""
        _ip("-n", self.host.namespace, "link", "set", self.interface, "down")

    def switch_on(self) -> None:
        _ip("-n", self.host.namespace, "link", "set", self.interface, "up")

    def isolate(self) -> None:
        """Let nothing through between this port and others that are isolated, as access points do."""
        _ip("-n", self.switch.namespace, "link", "set", self.port, "type", "bridge_slave", "isolated", "on")


@dataclass(frozen=True)
class Host:
    """A machine on the network; `prefix` is a command that runs another one there."""

    namespace: str

    @property
    def prefix(self) -> Sequence[str]:
        return "ip", "netns", "exec", self.namespace

    def go_by(self, address: str) -> None:
        """Send what is for no network of the host's own to the router at `address`."""
        _ip("-n", self.namespace, "route", "add", "default", "via", address)

    def give_up_ipv6(self) -> None:
        # Where there is none, there is nothing to give up.
        self.set("-e", "net.ipv6.conf.all.disable_ipv6=1")

    def set(self, *arguments: str) -> None:
        """Set a parameter of the kernel, for this host."""
        _ip("netns", "exec", self.namespace, "sysctl", "-q", "-w", *arguments)


@dataclass(frozen=True)
class Router(Host):
    """A host that passes on what is for others, as long as nobody cuts the way through it."""

    def cut(self) -> None:
        self.set("net.ipv4.ip_forward=0")

    def restore(self) -> None:
        self.set("net.ipv4.ip_forward=1")


class Network:
    """Makes switches, hosts and cables; everything is gone at the end of the `with`, whatever happens in it."""

    def __init__(self) -> None:
        self._mark = f"mc-{secrets.token_hex(3)}"
        self._count = 0
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.close()

    def switch(self) -> Switch:
        namespace = self._namespace()
        _ip("-n", namespace, "link", "add", _BRIDGE, "type", "bridge")
        _ip("-n", namespace, "link", "set", _BRIDGE, "up")
        return Switch(namespace)

    def host(self) -> Host:
        return Host(self._namespace())

    def router(self, addresses: Mapping[Switch, str]) -> Router:
        """A router between these switches, at these addresses."""
        router = Router(self._namespace())
        for switch, address in addresses.items():
            self.join(router, switch, address)
        router.restore()
        return router

    def join(self, host: Host, switch: Switch, address: str | None, *, wire: Wire | None = None) -> Cable:
        """Plug `host` into `switch`, as `address` ("10.0.0.1/24"); None for IPv6 alone, which sets itself up.

        The cable is as good as can be, or as bad as `wire` says.
        """
        interface = f"eth{self._next()}"
        ip = "" if address is None else str(IPv4Interface(address).ip)
        cable = Cable(switch, f"port-{interface}", ip, host, interface)
        if wire is None:
            _ip(
                *("-n", host.namespace, "link", "add", interface, "type", "veth"),
                *("peer", "name", cable.port, "netns", switch.namespace),
            )
        else:
            self._lay(wire, cable)
        _ip("-n", switch.namespace, "link", "set", cable.port, "master", _BRIDGE, "up")
        if address is not None:
            _ip("-n", host.namespace, "address", "add", address, "broadcast", "+", "dev", interface)
        _ip("-n", host.namespace, "link", "set", interface, "up")
        return cable

    def _lay(self, wire: Wire, cable: Cable) -> None:
        """Make a cable of two pieces with `wire` between them."""
        middle = self.host()
        # It is to say nothing itself.
        middle.give_up_ipv6()
        ends = ((cable.interface, "near", cable.host.namespace), (cable.port, "far", cable.switch.namespace))
        for end, inner, _ in ends:
            _ip("-n", middle.namespace, "link", "add", end, "type", "veth", "peer", "name", inner)
            _ip("-n", middle.namespace, "link", "set", inner, "up")
        self._resources.enter_context(laid(wire, middle.namespace, "near", "far"))
        for end, _, namespace in ends:
            _ip("-n", middle.namespace, "link", "set", end, "netns", namespace)

    def _namespace(self) -> str:
        name = f"{self._mark}-{self._next()}"
        _ip("netns", "add", name)
        # Its interfaces go with it.
        self._resources.callback(_ip, "netns", "delete", name)
        _ip("-n", name, "link", "set", "lo", "up")
        return name

    def _next(self) -> int:
        self._count += 1
        return self._count


@cache
def _can_make_namespaces() -> bool:
    name = f"mc-{secrets.token_hex(4)}"
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, timeout=_COMMAND_TIMEOUT_S, check=False)
    if done.returncode == 0:
        _ip("netns", "delete", name)
    return done.returncode == 0


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=_COMMAND_TIMEOUT_S, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"

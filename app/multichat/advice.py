"""What the state of the network means for somebody who sees nobody, and what to do. Pure."""

from collections.abc import Iterator
from typing import Final

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.clocks import DISAGREEMENT_MIN_S, behind_s, disagreement
from multichat.model.finding import Finding
from multichat.model.text import sanitise_line
from multifeed.net.diagnosis import Diagnosis, Dialled, Door
from multifeed.net.discovery import DISCOVERY_PORT
from multifeed.net.interfaces import LinkLocalInterface
from multifeed.net.outcome import Outcome
from multifeed.net.sightings import Network

_AGENT_LENGTH_MAX: Final = 64

# What it means, and what to do.
_MEANING: Final = {
    Outcome.MET: ("is in this room", ""),
    Outcome.NO_SUCH_HOST: ("there is no host of that name", "check the spelling, or use the address"),
    Outcome.NO_ROUTE: ("cannot be reached from this machine", "see that both are on the same network"),
    Outcome.REFUSED: ("is there, but nothing listens on that port", "see that multichat runs there, and on that port"),
    Outcome.NO_ANSWER: (
        "does not answer",
        "a firewall there may drop it, or an access point keep its clients apart: try a cable, or a peer in between",
    ),
    Outcome.NOT_OF_THIS_ROOM: (
        "answers, but is in another room",
        "see that both are in the same: one by invitation is not the open room of its name",
    ),
    Outcome.ANOTHER_VERSION: (
        "is in this room, with another version of multichat that this one cannot talk to",
        "install the same version on both",
    ),
}


def findings_of(diagnosis: Diagnosis, *, only_loopback: bool = False, met_otherwise: bool = False) -> list[Finding]:
    """What was found out about the network, the nearest things first; somebody may have been `met_otherwise`."""
    met = (
        met_otherwise
        or any(dialled.outcome is Outcome.MET for dialled in diagnosis.dialled)
        or bool(diagnosis.door.came_in)
    )
    return [
        *_discovery(diagnosis),
        *(_network(network, hears=not diagnosis.discovery_error) for network in diagnosis.networks),
        *_no_network(diagnosis, only_loopback=only_loopback),
        _door(diagnosis.door),
        *map(_dialled, diagnosis.dialled),
        *_clocks(diagnosis.clocks_ahead_s),
        *([] if met else [_nobody()]),
    ]


def _nobody() -> Finding:
    return Finding(
        "people", "nobody of this room was met", "others must have started multichat, in the same room", is_problem=True
    )


def _discovery(diagnosis: Diagnosis) -> Iterator[Finding]:
    if diagnosis.discovery_error:
        advice = "end the program that uses it; until then connect by hand, with --peer HOST or /connect HOST"
        yield Finding("discovery", diagnosis.discovery_error, advice, is_problem=True)
    elif not diagnosis.has_discovery:
        yield Finding("discovery", "nobody is looked for: started with --no-discovery", "connect by hand")


def _no_network(diagnosis: Diagnosis, *, only_loopback: bool) -> Iterator[Finding]:
    if only_loopback or not diagnosis.has_discovery:
        return
    if not any(isinstance(network.address, LinkLocalInterface) or _is_real(network) for network in diagnosis.networks):
        yield Finding("network", "this machine has no network but itself", "connect it to one", is_problem=True)


def _is_real(network: Network) -> bool:
    return not isinstance(network.address, LinkLocalInterface) and not network.address.address.is_loopback


def _network(network: Network, *, hears: bool) -> Finding:
    address = network.address
    where = "IPv6" if isinstance(address, LinkLocalInterface) else str(address.address)
    said, advice, is_problem = _state(network, hears=hears)
    facts = {
        "interface": address.interface,
        "address": where,
        "sent": network.sent,
        "error": network.error,
        "own_heard": network.own_heard,
        "of_this_room": len(network.heard),
        "hosts_of_other_rooms": len(network.foreign_hosts),
    }
    return Finding("network", f"{address.interface} {where}: {said}", advice, is_problem, facts)


def _state(network: Network, *, hears: bool) -> tuple[str, str, bool]:
    if not network.has_broadcast:
        return "has no broadcast", "whoever is there is reached by hand, with --peer HOST or /connect HOST", False
    if network.error:
        return f"nothing can be sent: {network.error}", "see that this network works", True
    if not hears:
        return "can send", "", False
    if network.sent and not network.own_heard and not network.heard:
        said = "what is sent is not heard back"
        return said, f"a firewall on this machine drops UDP port {DISCOVERY_PORT}: allow it", True
    said = f"sends and hears; of this room {len(network.heard)} heard"
    if not network.foreign_hosts:
        return said, "", False
    hosts = "1 host" if len(network.foreign_hosts) == 1 else f"{len(network.foreign_hosts)} hosts"
    return f"{said}, of other rooms {hosts}", "" if network.heard else "see that the room's name is right", False


def _door(door: Door) -> Finding:
    facts = {"port": door.port, "error": door.error, "came_in": door.came_in}
    if door.error:
        said = f"TCP port {door.port} cannot be opened here: {door.error}"
        return Finding("port", said, "another is taken then; choose one with --port N", facts=facts)
    if door.came_in is None:
        return Finding("port", f"TCP port {door.port} is free: others can be let in by it", facts=facts)
    said = f"others reach this program on TCP port {door.port}; {door.came_in or 'nobody'} came in so far"
    advice = "" if door.came_in else f"if it stays so, allow TCP port {door.port} in this machine's firewall"
    return Finding("port", said, advice, facts=facts)


def _dialled(dialled: Dialled) -> Finding:
    host, port = dialled.host_port
    agent = sanitise_line(dialled.agent, _AGENT_LENGTH_MAX)
    facts = {
        "host": host,
        "port": port,
        "by_hand": dialled.by_hand,
        "outcome": None if dialled.outcome is None else dialled.outcome.value,
        "agent": agent,
    }
    where = f"{host}:{port}"
    if dialled.outcome is None:
        return Finding("peer", f"{where} is being tried", facts=facts)
    said, advice = _MEANING[dialled.outcome]
    is_problem = dialled.outcome is not Outcome.MET
    return Finding("peer", f"{where} {said}" + (f" ({agent})" if agent else ""), advice, is_problem, facts)


def _clocks(ahead_s: list[int]) -> Iterator[Finding]:
    """One's own clock is the wrong one if it differs from most."""
    if not ahead_s:
        return
    by_s = behind_s(ahead_s)
    facts = {"others": len(ahead_s), "ahead_s": by_s}
    if abs(by_s) < DISAGREEMENT_MIN_S:
        yield Finding("clock", "this machine's clock agrees with the others'", facts=facts)
        return
    said, advice = disagreement(by_s, len(ahead_s))
    # Beyond that, messages wait.
    yield Finding("clock", said, advice, is_problem=abs(by_s) * 1000 > CLOCK_AHEAD_MAX_MS, facts=facts)

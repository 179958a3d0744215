"""What the state of the network means for somebody who sees nobody, and what to do. Pure."""

from collections.abc import Iterator

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.text import sanitise_line
from multifeed.net.diagnosis import Diagnosis, Dialled, Network, Outcome

_AGENT_LENGTH_MAX = 64

_MEANING = {
    Outcome.MET: "is in this room",
    Outcome.NO_SUCH_HOST: "there is no host of that name; check the spelling, or use the address",
    Outcome.NO_ROUTE: "cannot be reached from this machine; is it on the same network?",
    Outcome.REFUSED: "is there, but nothing listens on that port: is multichat running, and is it that port?",
    Outcome.NO_ANSWER: "does not answer; a firewall there, or an access point that keeps its clients apart",
    Outcome.NOT_OF_THIS_ROOM: "answers, but is in another room, or of a version that this one cannot talk to",
}


def network_report(diagnosis: Diagnosis, *, only_loopback: bool) -> list[str]:
    """A line for each finding, with advice where there is something to do."""
    lines = [*_networks(diagnosis, only_loopback=only_loopback)]
    lines += [_dialled(dialled) for dialled in diagnosis.dialled]
    lines += _clocks(diagnosis.clocks_ahead_s)
    if not any(dialled.outcome is Outcome.MET for dialled in diagnosis.dialled):
        lines.append("nobody of this room was met: others must have started multichat, in the same room")
    return lines


def _networks(diagnosis: Diagnosis, *, only_loopback: bool) -> Iterator[str]:
    if diagnosis.port_error:
        yield f"{diagnosis.port_error}; end the program that uses it: until then nobody is found by themselves"
    for network in diagnosis.networks:
        yield f"{network.address.interface} {network.address.address}: {_network(network, diagnosis.port_error)}"
    for interface in diagnosis.ipv6_only:
        yield f"{interface}: IPv6 alone; others are found there by multicast, which was not looked at"
    is_alone = all(network.address.address.is_loopback for network in diagnosis.networks) and not diagnosis.ipv6_only
    if is_alone and not only_loopback:
        yield "this machine has no network but itself: connect it to one"


def _network(network: Network, port_error: str) -> str:
    if network.address.broadcast is None:
        return "has no broadcast; connect with --peer HOST there"
    if network.error:
        return f"nothing can be sent: {network.error}"
    if port_error:
        return "can send"
    if not network.own_heard:
        return "what is sent is not heard back: a firewall on this machine drops UDP port 27272; allow it"
    found = f"sends and hears; of this room {len(network.heard)} heard"
    if network.foreign_hosts:
        hosts = "1 host" if len(network.foreign_hosts) == 1 else f"{len(network.foreign_hosts)} hosts"
        found += f", of other rooms {hosts}: is the room's name right?" if not network.heard else f", of others {hosts}"
    return found


def _dialled(dialled: Dialled) -> str:
    host, port = dialled.host_port
    agent = sanitise_line(dialled.agent, _AGENT_LENGTH_MAX)
    return f"{host}:{port} {_MEANING[dialled.outcome]}" + (f" ({agent})" if agent else "")


def _clocks(ahead_s: list[int]) -> Iterator[str]:
    """One's own clock is the wrong one if it differs from most."""
    if not ahead_s:
        return
    typical_s = sorted(ahead_s)[len(ahead_s) // 2]
    if abs(typical_s) * 1000 > CLOCK_AHEAD_MAX_MS:
        direction = "behind" if typical_s > 0 else "ahead of"
        yield f"this machine's clock is {abs(typical_s) // 60} minutes {direction} the others': set it"

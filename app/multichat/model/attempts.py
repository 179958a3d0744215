"""What is being tried to find others, for somebody who is alone and waits. Pure.

Owns what of all the findings about the network is said in a line or two, while nobody is met. All of them, and what to
do about each, are the doctor's.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from multichat.model.finding import Finding

_NAMES_MAX: Final = 2


def attempts(findings: Sequence[Finding]) -> list[str]:
    """At most two lines: how one looks around, and who is dialled or else is heard of; none if nothing is known yet."""
    return [*_looking(findings)[:1], *[*_dialled(findings), *_elsewhere(findings)][:1]]


def _looking(findings: Sequence[Finding]) -> list[str]:
    """Beacons, if they leave by any network; else why nothing does."""
    said = [finding for finding in findings if finding.kind in {"discovery", "network"}]
    works = [finding for finding in said if finding.facts.get("sent") and not finding.is_problem]
    outside = [finding for finding in works if not _is_loopback(finding)]
    others = [finding for finding in said if not (finding.facts and _is_loopback(finding))]
    if outside or (works and not others):
        return [_beacons(outside or works)]
    problems = [finding for finding in others if finding.is_problem or finding.kind == "discovery"]
    return [_sentence(finding) for finding in problems or others]


def _beacons(networks: Sequence[Finding]) -> str:
    sent = sum(_count(network, "sent") for network in networks)
    names = list(dict.fromkeys(str(network.facts.get("interface")) for network in networks))
    named = names if len(names) <= _NAMES_MAX else [*names[: _NAMES_MAX - 1], f"{len(names) - _NAMES_MAX + 1} more"]
    return f"{sent:,} {'beacon' if sent == 1 else 'beacons'} sent on {' and '.join(named)}"


def _dialled(findings: Sequence[Finding]) -> list[str]:
    """Who is dialled, those first whom one has named oneself, and how many others; not who was met and has left."""
    dialled = [finding for finding in findings if finding.kind == "peer" and finding.facts.get("outcome") != "met"]
    if not dialled:
        return []
    first = next((finding for finding in dialled if finding.facts.get("by_hand")), dialled[0])
    more = len(dialled) - 1
    return [first.said + (f"; {more:,} more {'is' if more == 1 else 'are'} dialled" if more else "")]


def _elsewhere(findings: Sequence[Finding]) -> list[str]:
    hosts = max((_count(finding, "hosts_of_other_rooms") for finding in findings), default=0)
    if not hosts:
        return []
    return [f"{hosts:,} {'host is' if hosts == 1 else 'hosts are'} heard, in other rooms only"]


def _sentence(finding: Finding) -> str:
    """What is said of a network begins with the name of its interface, which stays as it is."""
    return finding.said if finding.facts else f"{finding.said[:1].upper()}{finding.said[1:]}"


def _count(finding: Finding, fact: str) -> int:
    value = finding.facts.get(fact)
    return value if isinstance(value, int) else 0


def _is_loopback(finding: Finding) -> bool:
    try:
        return ip_address(str(finding.facts.get("address"))).is_loopback
    except ValueError:
        return False

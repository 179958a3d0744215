"""Tells why one sees nobody, and how a profile's history in a room is: every block against its author's signature.

Owns the order in which it is told, and its two forms: lines for people, JSON objects for programs. What is found
damaged is dropped from the store by the audit, and comes again from whoever has it.
"""

import asyncio
from collections.abc import Iterator

from multichat.advice import findings_of
from multichat.health import history_findings, privacy_findings
from multichat.model.finding import Finding
from multichat.output import as_json_line, as_line
from multichat.privacy import HAS_PERMISSIONS, close_to_others, everything_below, open_to_others
from multichat.profile import RoomOptions, open_store
from multifeed.keys import room_key_from_name
from multifeed.net.diagnosis import diagnose


def examine(options: RoomOptions, nickname: str, *, as_json: bool) -> bool:
    """Look around on the network for a few seconds, check the history, and print what is found; whether it was whole.

    Raises RefusedError for a room in use, and StoreError for a database that cannot be read at all.
    """
    for finding in _on_the_network(options):
        _print(finding, as_json=as_json)
    directory = options.directory(nickname)
    if not directory.is_dir():
        said = f"{nickname} has not been in {options.room_name} on this machine yet"
        _print(Finding("history", said), as_json=as_json)
        return True
    for finding in _privacy(options, nickname):
        _print(finding, as_json=as_json)
    multi = open_store(directory, nickname)
    try:
        multi.audit()
        for finding in history_findings(multi):
            _print(finding, as_json=as_json)
        if not multi.damages:
            _print(Finding("history", "all of it is what its authors signed"), as_json=as_json)
        return not multi.damages
    finally:
        multi.close()


def _on_the_network(options: RoomOptions) -> list[Finding]:
    swarm = options.swarm
    key = options.key or room_key_from_name(options.room_name)
    diagnosis = asyncio.run(diagnose(key, port=swarm.port, interfaces=swarm.interfaces, peers=swarm.peers))
    return findings_of(diagnosis, only_loopback=set(swarm.interfaces) == {"lo"})


def _privacy(options: RoomOptions, nickname: str) -> Iterator[Finding]:
    """Who else can read the profile, with all its rooms; what is open is closed."""
    profile = options.rooms_directory(nickname).parent
    opened = open_to_others([profile.parent, *everything_below(profile)])
    if opened:
        yield from privacy_findings(opened, close_to_others(opened))
    elif HAS_PERMISSIONS:
        yield Finding("privacy", "nobody else on this machine can read this profile")


def _print(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        advice = {"advice": finding.advice} if finding.advice else {}
        said = {"finding": finding.kind, "problem": finding.is_problem, "said": finding.said}
        print(as_json_line({**said, **advice, **finding.facts}))
    else:
        print(as_line(finding))

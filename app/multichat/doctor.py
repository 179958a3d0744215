"""Tells why one sees nobody, and how a profile's history in a room is: every block against its author's signature.

Owns what is said about it. What is found damaged is dropped from the store by the audit, and comes again from whoever
has it.
"""

import asyncio

from multichat.advice import network_report
from multichat.profile import RoomOptions, open_store
from multifeed import Feed, Multifeed
from multifeed.keys import room_key_from_name
from multifeed.net.diagnosis import diagnose


def examine_network(options: RoomOptions) -> None:
    """Look around on the network for a few seconds, and print what is found."""
    swarm = options.swarm
    diagnosis = asyncio.run(
        diagnose(room_key_from_name(options.room_name), interfaces=swarm.interfaces, peers=swarm.peers)
    )
    for line in network_report(diagnosis, only_loopback=set(swarm.interfaces) == {"lo"}):
        print(line)


def examine(options: RoomOptions, nickname: str) -> bool:
    """Check the room's history, and print what is found; whether nothing was wrong.

    Raises RefusedError for a room in use, and StoreError for a database that cannot be read at all.
    """
    directory = options.directory(nickname)
    if not directory.is_dir():
        print(f"{nickname} has not been in {options.room_name} on this machine yet")
        return True
    multi = open_store(directory, nickname)
    try:
        multi.audit()
        return _report(multi)
    finally:
        multi.close()


def _report(multi: Multifeed) -> bool:
    feeds = multi.feeds()
    held = sum(feed.held.size for feed in feeds)
    missing = sum(feed.length - feed.held.size for feed in feeds)
    print(f"{len(feeds)} logs, {held} blocks held, {missing} known and not held")
    for feed in feeds:
        if feed.conflict is not None:
            print(f"log {_name(feed)}: its key has signed two histories; it is kept as it was and does not grow")
    for damage in multi.damages:
        where = f", blocks {damage.start} to {damage.end - 1}" if damage.start < damage.end else ""
        print(f"log {damage.key.hex()[:8]}{where}: {damage.what}")
    if multi.damages:
        print("what was wrong is dropped, and is fetched again from anyone who has it")
    else:
        print("all of it is what its authors signed")
    return not multi.damages


def _name(feed: Feed) -> str:
    return feed.key.hex()[:8]

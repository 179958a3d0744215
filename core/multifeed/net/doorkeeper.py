"""Who may come in: strangers by number and by host, and members of the room when there are many.

Owns the counts of who was let in. Knows links only by what they say of themselves.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable

from multifeed import limits
from multifeed.net.interfaces import is_on
from multifeed.net.link import Link


class Doorkeeper:
    """Of one program that is to be reached on `interfaces` only, or on all."""

    def __init__(self, interfaces: Collection[str]) -> None:
        self._interfaces = interfaces
        # Addresses of this machine that may be come in by, as of a moment ago.
        self._own_hosts: set[str] = set()
        self._own_hosts_as_of_s = -math.inf
        # How many have come in and shown that they know the room.
        self.came_in = 0

    def may_come_in(self, newcomer: Link, links: Iterable[Link]) -> bool:
        """Whether to listen to one of whom nothing is known; the stranger who was silent for longest may have to go."""
        if self._interfaces and not self._is_ours(newcomer.local_host, newcomer.made_at_s):
            return False
        strangers = [link for link in links if link.address is None and link.is_stranger]
        if sum(link.remote_host == newcomer.remote_host for link in strangers) >= limits.HANDSHAKES_PER_HOST_MAX:
            return False
        if len(strangers) >= limits.HANDSHAKES_MAX:
            # Whoever knows the room needs milliseconds to show it.
            min(strangers, key=lambda link: link.made_at_s).turn_away()
        return True

    def let_in(self, link: Link) -> None:
        """Somebody has shown that they know the room."""
        self.came_in += link.address is None

    def _is_ours(self, host: str, now_s: float) -> bool:
        """Whether an address of this machine is one of the interfaces; looked up anew every few seconds."""
        if now_s > self._own_hosts_as_of_s + limits.INTERFACES_INTERVAL_S:
            self._own_hosts, self._own_hosts_as_of_s = set(), now_s
        if host not in self._own_hosts and is_on(host, self._interfaces):
            self._own_hosts.add(host)
        return host in self._own_hosts

    def who_goes(self, newcomer: Link, links: Iterable[Link], *, is_full: bool) -> Link | None:
        """Who has to go when one more member of the room comes: nobody, another, or the newcomer itself.

        With `is_full` there is no place for one more. One host never keeps the others out: of the places it has most
        of, it gives one to a newcomer from elsewhere.
        """
        if not is_full:
            return None
        accepted = [link for link in links if link.address is None and link is not newcomer]
        by_host = Counter(link.remote_host for link in accepted)
        if not by_host:
            return newcomer
        host, count = by_host.most_common(1)[0]
        if count <= by_host[newcomer.remote_host] + 1:
            return newcomer
        # The one that came last: those before it were there when there was room.
        return max((link for link in accepted if link.remote_host == host), key=lambda link: link.made_at_s)

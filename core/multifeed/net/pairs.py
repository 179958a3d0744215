"""The links to each peer, and which of two stays.

Both sides decide the same: the link that the one with the smaller instance id dialled, and of two that the same one
dialled the later, since whoever dials again has lost the earlier one. The other link is ended only once the peer is
known to have the one that stays, so that neither side is ever without.
"""

from collections.abc import ItemsView, Iterator, KeysView, ValuesView

from multifeed.net.link import Link


class Pairs:
    """Of one program, whose instance id is `own_id`. Only links whose peer has proven who it is are put in."""

    def __init__(self, own_id: bytes) -> None:
        self._own_id = own_id
        self._links: dict[bytes, Link] = {}
        # The one that goes, as long as it is there, by the same ids.
        self._surplus: dict[bytes, Link] = {}

    def __contains__(self, instance_id: object) -> bool:
        return instance_id in self._links

    def __len__(self) -> int:
        return len(self._links)

    @property
    def ids(self) -> KeysView[bytes]:
        """Whom there is a link with."""
        return self._links.keys()

    @property
    def links(self) -> ValuesView[Link]:
        """One link with each."""
        return self._links.values()

    def items(self) -> ItemsView[bytes, Link]:
        """Whom there is a link with, and the link."""
        return self._links.items()

    def add(self, instance_id: bytes, link: Link) -> Link | None:
        """Take a link in; gives one that is to be ended at once, a third one to the same peer."""
        known = self._links.get(instance_id)
        if known is None:
            self._links[instance_id] = link
            return None
        stays, goes = (link, known) if self._is_later_better(known, link) else (known, link)
        self._links[instance_id] = stays
        third = self._surplus.get(instance_id)
        self._surplus[instance_id] = goes
        return third

    def remove(self, instance_id: bytes, link: Link) -> bool:
        """A link has ended; whether there is none left with that peer."""
        if self._surplus.get(instance_id) is link:
            del self._surplus[instance_id]
        elif self._links.get(instance_id) is link:
            spare = self._surplus.pop(instance_id, None)
            if spare is None or spare.session.is_closed:
                del self._links[instance_id]
                return True
            self._links[instance_id] = spare
        return False

    def surplus(self) -> Iterator[Link]:
        """The links that can be ended: the peer has the other one."""
        for instance_id, link in self._surplus.items():
            if self._links[instance_id].session.is_confirmed and not link.session.is_closed:
                yield link

    def _is_later_better(self, earlier: Link, later: Link) -> bool:
        if earlier.session.initiator == later.session.initiator:
            return True
        assert later.session.peer is not None, "it has proven who it is"
        we_are_smaller = self._own_id < later.session.peer.instance_id
        return later.session.initiator == we_are_smaller

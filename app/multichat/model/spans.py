"""What stands out in a text: links, and mentions of a name. Pure.

Owns where they begin and end. What they look like is the screen's.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from multichat.model.address import address_of
from multichat.model.names import KEY_SIGN

if TYPE_CHECKING:
    from linkify_it import LinkifyIt

_MAYBE_LINK: Final = re.compile("https?://|mailto:", re.IGNORECASE)

# Of one text; the rest stays text.
_LINKS_MAX: Final = 100


class Link(NamedTuple):
    """A link: the characters of the text that it is, and where it leads (see `address`)."""

    start: int
    end: int
    url: str


@lru_cache(maxsize=512)
def links_in(text: str) -> tuple[Link, ...]:
    """The links of a text, in its order: those that name their scheme."""
    if not _MAYBE_LINK.search(text):
        return ()
    found = (_linkify().match(text) or [])[:_LINKS_MAX]
    addresses = [address_of(text[it.index : it.last_index]) if it.schema else None for it in found]
    return tuple(
        Link(it.index, it.last_index, address) for it, address in zip(found, addresses, strict=True) if address
    )


@lru_cache(maxsize=512)
def mentions_of(name: str, text: str, keys: frozenset[bytes] = frozenset()) -> tuple[tuple[int, int], ...]:
    """Where a text names somebody, as whole words and however it is written in capitals.

    With digits of a key behind the name, somebody is meant one of whose `keys`, in hex, begins with them.
    """
    if not name:
        return ()
    found = _mention(name).finditer(text)
    return tuple(mention.span() for mention in found if _begins((mention["digits"] or "").lower(), keys))


def _begins(digits: str, keys: frozenset[bytes]) -> bool:
    return not digits or any(key.hex().startswith(digits) for key in keys)


@lru_cache(maxsize=16)
def _mention(name: str) -> re.Pattern[str]:
    # With an @ before it, that is part of the mention; a word goes on with letters, digits, and what joins them.
    digits = f"(?:[{KEY_SIGN}#](?P<digits>[0-9a-f]{{4,64}}))?"
    return re.compile(rf"(?<![\w@])@?{re.escape(name)}{digits}(?![\w])(?!-\w)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _linkify() -> "LinkifyIt":
    # Read and made when the first link is met: it compiles large expressions.
    from linkify_it import LinkifyIt  # noqa: PLC0415

    return LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})

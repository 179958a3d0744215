"""What stands out in a text: links, and mentions of a name. Pure.

Owns where they begin and end. What they look like is the screen's.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from linkify_it import LinkifyIt

# What a browser or a mail program opens; nothing that runs or reads a file of this machine.
_SCHEMES: Final = frozenset({"http:", "https:", "ftp:", "mailto:"})
_MAYBE_LINK: Final = re.compile(r"(?:https?|ftp)://|mailto:", re.IGNORECASE)

# Of one text; the rest stays text.
_LINKS_MAX: Final = 100


class Link(NamedTuple):
    """A link: the characters of the text that it is, and where it leads."""

    start: int
    end: int
    url: str


@lru_cache(maxsize=512)
def links_in(text: str) -> tuple[Link, ...]:
    """The links of a text, in its order: those that name their scheme."""
    if not _MAYBE_LINK.search(text):
        return ()
    found = _linkify().match(text) or []
    return tuple(Link(it.index, it.last_index, it.url) for it in found[:_LINKS_MAX] if it.schema.lower() in _SCHEMES)


@lru_cache(maxsize=512)
def mentions_of(name: str, text: str) -> tuple[tuple[int, int], ...]:
    """Where a text names somebody, as whole words and however it is written in capitals."""
    if not name:
        return ()
    return tuple(found.span() for found in _mention(name).finditer(text))


@lru_cache(maxsize=16)
def _mention(name: str) -> re.Pattern[str]:
    # With an @ before it, that is part of the mention; a word goes on with letters, digits, and what joins them.
    return re.compile(rf"(?<![\w@])@?{re.escape(name)}(?![\w])(?!-\w)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _linkify() -> "LinkifyIt":
    # Read and made when the first link is met: it compiles large expressions.
    from linkify_it import LinkifyIt  # noqa: PLC0415

    return LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})

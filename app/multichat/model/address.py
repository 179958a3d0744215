"""Where a link leads: what is opened, written so that a reader can check it letter by letter. Pure.

Owns which addresses are opened at all. Knows nothing of what opens them.
"""

import re
import unicodedata
from functools import cache
from typing import Final
from urllib.parse import quote, urlsplit

# What a browser or a mail program opens; nothing that runs or reads a file of this machine.
_SCHEMES: Final = frozenset({"http", "https", "mailto"})

# Not all browsers take longer ones, and every row of a link is written with the whole of it.
_LENGTH_MAX: Final = 2_000

# What may stand in an address as it is (RFC 3986); the rest is written in percent.
_CHARACTERS: Final = "%/:?#[]@!$&'()*+,;=~"

_LABEL_CATEGORIES: Final = frozenset("LMN")
_ENCODED: Final = "xn--"


def address_of(text: str) -> str | None:
    """The address that `text` is, in ASCII; None if it is none that is opened.

    A host in letters of whatever language is written as the network knows it, so that two that look alike do not.
    """
    try:
        scheme, authority, *_ = urlsplit(text)
    except ValueError:
        return None
    if scheme not in _SCHEMES:
        return None
    start = text.index(":") + 1
    if authority:
        start += len("//") + len(authority)
    elif scheme != "mailto":
        return None
    host = _encoded(authority) if authority else ""
    if host is None:
        return None
    address = text[: start - len(authority)] + host + quote(text[start:], safe=_CHARACTERS)
    return address if len(address) <= _LENGTH_MAX else None


def is_plain(address: str) -> bool:
    """Whether one sees at once where `address` leads: the host comes first, in letters that look like no others."""
    authority = urlsplit(address).netloc.lower()
    return not any(sign in authority for sign in ("@", "%", _ENCODED))


def host_of(address: str) -> str:
    """Who answers at an address that is opened."""
    return urlsplit(address).hostname or ""


def _encoded(authority: str) -> str | None:
    """What stands before the path, in ASCII; None if browsers might read it otherwise."""
    found = _authority().fullmatch(authority)
    if found is None:
        return None
    labels = [_encoded_label(label) for label in found["host"].split(".")]
    person = quote(found["person"] or "", safe=_CHARACTERS)
    return person + ".".join(labels) + (found["port"] or "") if all(labels) else None


def _encoded_label(label: str) -> str:
    """A part of a host's name; empty if it cannot be one."""
    if label.isascii():
        return label
    composed = unicodedata.normalize("NFC", label.lower())
    if any(character != "-" and unicodedata.category(character)[0] not in _LABEL_CATEGORIES for character in composed):
        return ""
    return _ENCODED + composed.encode("punycode").decode()


@cache
def _authority() -> re.Pattern[str]:
    """Whom one wants to be there, the host, the port."""
    person, host = r"[\w.:%~!$&'()*+,;=-]*@", r"\[[0-9a-f:.]+\]|[\w.%-]+"
    return re.compile(f"(?P<person>{person})?(?P<host>{host})(?P<port>:\\d*)?", re.IGNORECASE)

"""What a program writes to a terminal, read as strictly as a terminal could: text, and sequences by their kind.

Owns what is a whole sequence (ECMA-48, and what xterm made of it). Knows nothing of what any of them does.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# Everything that may stand in the output of a program; what fits none of these steers a terminal in a way of its own.
_TOKEN: Final = re.compile(
    r"""
    (?P<text>[^\x00-\x1f\x7f-\x9f]+)
  | (?P<control>[\x07\x08\t\n\r])
  | \x1b(?:
        \[(?P<csi>[0-?]*[ -/]*[@-~])
      | \](?P<osc>[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)
      | P(?P<dcs>[^\x00-\x1f\x7f-\x9f]*)\x1b\\
      | (?P<escape>[ -/]*[0-OQ-WYZ`-~])
    )
    """,
    re.VERBOSE,
)
_MODES: Final = frozenset("hlpuq")


class Written(NamedTuple):
    """A piece of the output: of which kind it is, and what stands in it between its ends."""

    kind: str
    body: str

    @property
    def shape(self) -> str:
        """What it is for, without colours and places: which sequence, which mode, which command."""
        if self.kind == "osc":
            return f"osc {self.body.partition(';')[0]}"
        if self.kind == "csi" and self.body[-1] not in _MODES:
            return f"csi {self.body.lstrip('0123456789:;')}"
        return f"{self.kind} {self.body}"


def parse(data: bytes) -> Iterator[Written]:
    """The pieces of `data`. Raises ValueError, with what stands there, where it is no whole sequence and no text."""
    text = data.decode()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"{text[max(at - 40, 0) : at + 40]!r} at {at}")
        yield Written(found.lastgroup, found[found.lastgroup])
        at = found.end()


def texts(pieces: list[Written]) -> str:
    """All that is to be read, in the order in which it was written."""
    return "".join(piece.body for piece in pieces if piece.kind == "text")


def shapes(pieces: list[Written]) -> set[str]:
    """What was done to the terminal besides writing on it."""
    return {piece.shape for piece in pieces if piece.kind != "text"}

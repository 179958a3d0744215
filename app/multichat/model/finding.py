"""What was found out about why one sees nobody, or how one's history is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out: about what `kind` of thing, what is so, and what to do about it ("" for nothing).

    `is_problem` marks what keeps people apart. `facts` are the figures behind it, for programs: what JSON can hold.
    """

    kind: str
    said: str
    advice: str = ""
    is_problem: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.said}; {self.advice}" if self.advice else self.said

"""`python -m tests.helpers.confusables`: the table of look-alikes, made from Unicode's facts, into multichat/model.

The facts are those of the package `confusable_homoglyphs`, which gives for each character what it is confused with, in
both directions. To them come small capitals and what letters stand on in pictures: Unicode leaves these out.
"""

import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from multichat.model import skeleton
from multichat.model.skeleton import fold, letters_of

TABLE: Final = Path(str(files("multichat.model"))) / "confusables.txt"

_HEADER: Final = """\
# What characters look like that look like others, made by python -m tests.helpers.confusables with Unicode {version}.
# In code points: the look; the characters that have it; those that do as written only; those that do as small letters.
"""

# The package surrounds what is written from right to left.
_LEFT_TO_RIGHT_MARK: Final = "\N{LEFT-TO-RIGHT MARK}"

_DRAWN_LETTER: Final = re.compile(
    "(?:LATIN LETTER SMALL CAPITAL|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|REGIONAL INDICATOR SYMBOL LETTER)"
    " ([A-Z])"
)


@cache
def known_pairs() -> dict[str, frozenset[str]]:
    """What each character, or sequence of some, is confused with."""
    # The data alone: importing the package brings half of a web client.
    text = files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8")
    pairs: dict[str, set[str]] = defaultdict(set)
    for character, others in json.loads(text).items():
        pairs[_bare(character)] |= {_bare(other["c"]) for other in others}
    return {character: frozenset(others) for character, others in pairs.items()}


def table_text() -> str:
    """The table as it is to be."""
    always: dict[str, list[str]] = defaultdict(list)
    as_written: dict[str, list[str]] = defaultdict(list)
    as_small: dict[str, list[str]] = defaultdict(list)
    for character in sorted(_characters()):
        written, small = _look(_prototypes().get(character, character)), _look(character)
        if written == small:
            always[written].append(character)
        else:
            as_written[written].append(character)
            as_small[small].append(character)
    parts = (always, as_written, as_small)
    lines = (
        ";".join(map(_code_points, (look, *("".join(part[look]) for part in parts))))
        for look in sorted({*always, *as_written, *as_small})
    )
    return _HEADER.format(version=unicodedata.unidata_version) + "".join(f"{line}\n" for line in lines)


def _characters() -> set[str]:
    """Those that look like something else than what is left of them without capitals and widths."""
    return {
        character
        for character in {*_prototypes(), *map(fold, _prototypes())}
        if len(character) == 1
        and letters_of(character) == character
        and not character.isascii()
        and {_look(character), _look(_prototypes().get(character, character))} != {_default(character)}
    }


def _default(character: str) -> str:
    """What a character looks like that is not in the table."""
    folded = fold(character)
    return folded if folded == character else _look(folded)


def _look(text: str) -> str:
    """`text` with every character replaced by what it looks like, until nothing changes any more."""
    while (look := _plain("".join(_prototypes().get(character, character) for character in _plain(text)))) != text:
        text = look
    return text


def _plain(text: str) -> str:
    return fold(text).translate(skeleton._ASCII_LOOKS)


@cache
def _prototypes() -> dict[str, str]:
    """For each single character that is confused with another: the one that stands for all that look so."""
    pairs = known_pairs()
    found = {
        character: other
        for character, others in pairs.items()
        if len(character) == len(others) == 1
        for other in others
        # What several are confused with stands for them, and a sequence for the one character that looks like it.
        if max(len(other), len(pairs[other])) > 1 or _rank(other) < _rank(character)
    }
    # All that look like a drawn letter look like the letter.
    return found | {found.get(drawn, drawn): letter for drawn, letter in _drawn_letters()}


def _drawn_letters() -> Iterator[tuple[str, str]]:
    for drawn in map(chr, range(sys.maxunicode)):
        match = _DRAWN_LETTER.fullmatch(unicodedata.name(drawn, ""))
        if match is not None:
            yield drawn, match[1].lower()


def _rank(character: str) -> tuple[bool, str]:
    return not character.isascii(), character


def _bare(text: str) -> str:
    return text.replace(_LEFT_TO_RIGHT_MARK, "")


def _code_points(characters: str) -> str:
    return " ".join(f"{ord(character):x}" for character in characters)


if __name__ == "__main__":
    TABLE.write_text(table_text(), encoding="ascii")

"""What the word before the cursor may become: a command, somebody's nickname, an emoji. Pure.

Owns where such a word begins, what fits and what is put in its place. Knows neither keys nor how candidates are shown.
Nicknames are foreign text, made safe before they come here: compared, inserted and shown, never read as anything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cache, lru_cache
from itertools import islice
from typing import Final, NamedTuple

from multichat.limits import CANDIDATES_MAX, NICKNAME_LENGTH_MAX, SHORTCODE_LENGTH_MAX
from multichat.model.commands import Command
from multichat.model.emoji import emoji_like, emoji_named

# A colon and one letter is a smiley.
_SHORTCODE_LENGTH_MIN: Final = 2

# Where a mention or a shortcode may begin: not in an address, a time or the middle of a word; but after an emoji, and
# in scripts that put no spaces between words.
_PICTOGRAPHS_AND_WIDE: Final = "\u2190-\u2bff\u3000-\u9fff\uac00-\ud7af\ufe0f\uff00-\uffef\U0001f000-\U0001faff"
_OPENING: Final = f"(?:^|(?<=[\\s(\"'*_~{_PICTOGRAPHS_AND_WIDE}]))"
_MENTION: Final = r"@(?!\s)"
_SHORTCODE: Final = r":([A-Za-z0-9_+-]+)\Z"
_BEGUN_SHORTCODE: Final = r":[A-Za-z0-9_+-]*\Z"
_FINISHED_SHORTCODE: Final = r":([A-Za-z0-9_+-]+):\Z"
_COMMAND: Final = re.compile(r"/([\w-]*)\Z")
_OPENING_PUNCTUATION: Final = "([{\"'*_~"

_FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
_POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"


class Kind(Enum):
    """What is completed."""

    COMMAND = "command"
    NICKNAME = "nickname"
    EMOJI = "emoji"


class Candidate(NamedTuple):
    """What may be inserted, how it is shown, and what is said beside it."""

    insert: str
    label: str
    note: str = ""


class Completion(NamedTuple):
    """The candidates for what is written from `start` to `end`, the cursor; there is at least one.

    `is_whole` where that is the name of a command already.
    """

    kind: Kind
    start: int
    end: int
    candidates: tuple[Candidate, ...]
    is_whole: bool = False


def complete(
    text: str,
    cursor: int,
    *,
    commands: Sequence[Command],
    nicknames: Iterable[str],
    is_asked: bool = False,
    has_emoji: bool = True,
) -> Completion | None:
    """What the word that ends at `cursor` may become; candidates in the order of `commands` and `nicknames`.

    Without being asked, only what begins with a sign (`/`, `@`, and `:` with two more); if asked, any word may be the
    beginning of a nickname. No emoji without `has_emoji`.
    """
    if text[cursor : cursor + 1].isalnum():
        return None
    return (
        _command(text, cursor, commands)
        or _mention(text, cursor, nicknames)
        or (_shortcode(text, cursor, 1 if is_asked else _SHORTCODE_LENGTH_MIN) if has_emoji else None)
        or (_bare_nickname(text, cursor, nicknames) if is_asked else None)
    )


def usage_at(text: str, cursor: int, commands: Sequence[Command]) -> Command | None:
    """The command that `text` calls, if its name stands whole before the cursor."""
    name = text[1:].partition(" ")[0].lower() if text.startswith("/") else ""
    return next((command for command in commands if command.name == name and cursor > len(name)), None)


def is_shortcode_begun(text: str, cursor: int) -> bool:
    """Whether what stands before `cursor` is, or may become, the beginning of a shortcode."""
    if ":" not in text:
        return False
    return _opened(_BEGUN_SHORTCODE).search(text, max(cursor - SHORTCODE_LENGTH_MAX, 0), cursor) is not None


def finished_shortcode(text: str, cursor: int) -> tuple[int, str] | None:
    """Where the shortcode begins whose closing colon stands before `cursor`, and its emoji."""
    found = _opened(_FINISHED_SHORTCODE).search(text, max(cursor - SHORTCODE_LENGTH_MAX, 0), cursor)
    if found is None or _is_in_address(text, found.start()):
        return None
    emoji = emoji_named(found[1])
    return None if emoji is None else (found.start(), emoji)


def _command(text: str, cursor: int, commands: Sequence[Command]) -> Completion | None:
    found = _COMMAND.match(text, 0, cursor)
    if found is None:
        return None
    typed = found[1].lower()
    fitting = [command for command in commands if command.name.startswith(typed)]
    if not fitting:
        return None
    ending = _ending(text, cursor, " ")
    candidates = (
        Candidate(f"/{command.name}{ending if command.arguments else ''}", f"/{command.name}", command.help)
        for command in fitting
    )
    is_whole = any(command.name == typed for command in fitting)
    return Completion(Kind.COMMAND, 0, cursor, tuple(candidates), is_whole)


def _mention(text: str, cursor: int, nicknames: Iterable[str]) -> Completion | None:
    """Nicknames after an `@`. They may hold spaces and `@` themselves: whatever is a beginning of one counts."""
    line_start = text.rfind("\n", 0, cursor) + 1
    signs = _opened(_MENTION).finditer(text, max(line_start, cursor - NICKNAME_LENGTH_MAX - 1), cursor)
    for sign in reversed(list(signs)):
        found = _nicknames(text, sign.start(), sign.end(), cursor, nicknames)
        if found is not None:
            return found
    return None


def _bare_nickname(text: str, cursor: int, nicknames: Iterable[str]) -> Completion | None:
    """Nicknames that begin as the word does, or as it does without what it may be put in."""
    start = cursor
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    inner = start
    while inner < cursor and text[inner] in _OPENING_PUNCTUATION:
        inner += 1
    if inner == cursor:
        return None
    found = _nicknames(text, start, start, cursor, nicknames)
    return found or (_nicknames(text, inner, inner, cursor, nicknames) if inner > start else None)


def _nicknames(text: str, word: int, start: int, cursor: int, nicknames: Iterable[str]) -> Completion | None:
    """Nicknames that begin as what is written from `start`. Whoever is named first in a message is spoken to."""
    ending = _ending(text, cursor, " " if text[:word].strip() else ": ")
    candidates = tuple(
        Candidate(_unisolated(nickname) + ending, nickname)
        for nickname in islice(_starting(text[start:cursor], nicknames), CANDIDATES_MAX)
    )
    return Completion(Kind.NICKNAME, start, cursor, candidates) if candidates else None


def _starting(prefix: str, nicknames: Iterable[str]) -> Iterator[str]:
    """Those that begin with `prefix`, whatever the case; each once, though several people may have the same."""
    folded, seen = prefix.casefold(), set[str]()
    for nickname in nicknames:
        if _folded(nickname).startswith(folded) and nickname not in seen:
            seen.add(nickname)
            yield nickname


def _unisolated(nickname: str) -> str:
    """As one writes it: what keeps its direction to itself is of no use in a text."""
    return nickname.replace(_FIRST_STRONG_ISOLATE, "").replace(_POP_ISOLATE, "")


# As many as a large room has: they are compared again with every key.
@lru_cache(maxsize=16_384)
def _folded(nickname: str) -> str:
    return nickname.lstrip(_FIRST_STRONG_ISOLATE).casefold()


def _shortcode(text: str, cursor: int, length_min: int) -> Completion | None:
    found = _opened(_SHORTCODE).search(text, max(cursor - SHORTCODE_LENGTH_MAX, 0), cursor)
    if found is None or len(found[1]) < length_min or _is_in_address(text, found.start()):
        return None
    candidates = tuple(Candidate(emoji, emoji, f":{name}:") for name, emoji in emoji_like(found[1], CANDIDATES_MAX))
    return Completion(Kind.EMOJI, found.start(), cursor, candidates) if candidates else None


def _ending(text: str, cursor: int, ending: str) -> str:
    """As much of `ending` as does not stand there already."""
    if text.startswith(ending, cursor):
        return ""
    return ending.rstrip() if text.startswith(" ", cursor) else ending


def _is_in_address(text: str, at: int) -> bool:
    if at == 0 or text[at - 1].isspace():
        return False
    word = text[:at].rsplit(maxsplit=1)[-1]
    return "://" in word or word.lower().startswith("www.")


@cache
def _opened(pattern: str) -> re.Pattern[str]:
    """`pattern` where it may begin; made when it is wanted first, since that takes two milliseconds."""
    return re.compile(_OPENING + pattern)

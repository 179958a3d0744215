"""What a program may ask for, one JSON object on a line. Pure.

Owns which lines are commands, what each of them takes, and what is said of one that makes no sense. What they do is the
answers'.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from dataclasses import fields as fields_of
from typing import Any, Final, NoReturn, TypeAlias

from multichat.errors import UsageError
from multichat.limits import COMMAND_COUNT_MAX, COMMAND_ID_LENGTH_MAX, COMMAND_LENGTH_MAX
from multichat.model.fields import feed_of_field, is_integer, position_of_fields, seq_of_field
from multichat.model.message import Position
from multichat.model.text import sanitise_line

_COUNT: Final = 50
_SHOWN_LENGTH_MAX: Final = 40

# Every reader of JSON keeps it exactly.
_EXACT_INTEGER_MAX: Final = 1 << 53

Id: TypeAlias = str | int | None


@dataclass(frozen=True, slots=True)
class Say:
    """Say something, or tell that one does it."""

    text: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """Who is here; with `all`, everybody who is known."""

    all: bool = False


@dataclass(frozen=True, slots=True)
class Whois:
    """All that is known of everybody who may be meant."""

    who: str


@dataclass(frozen=True, slots=True)
class History:
    """Messages after a place or before one; the last of all if neither is given."""

    before: Position | None = None
    after: Position | None = None
    count: int = _COUNT


@dataclass(frozen=True, slots=True)
class Search:
    """The newest messages that a text asks for, of those before a place if one is given."""

    text: str
    before: Position | None = None
    count: int = _COUNT


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who holds a message of our own; in the feed that we write unless another is named."""

    seq: int
    feed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Nick:
    """Be called something else from now on."""

    nickname: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Print nothing more of what somebody says."""

    who: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """Print it again."""

    who: str


@dataclass(frozen=True, slots=True)
class Block:
    """Keep and pass on nothing more of it either."""

    who: str


@dataclass(frozen=True, slots=True)
class Unblock:
    """Take it again."""

    who: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect to a peer by hand, and keep trying."""

    peer: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Command: TypeAlias = (
    Say | Who | Whois | History | Search | Delivery | Nick | Mute | Unmute | Block | Unblock | Connect | Quit
)

COMMANDS: Final[Mapping[str, type[Command]]] = {
    kind.__name__.lower(): kind
    for kind in (Say, Who, Whois, History, Search, Delivery, Nick, Mute, Unmute, Block, Unblock, Connect, Quit)
}


def is_command(line: str) -> bool:
    """Whether a line asks for something; every other line is said as it is."""
    return line.lstrip().startswith("{")


def object_in(line: str) -> Mapping[str, Any]:
    """The object on a line that is a command. Raises UsageError."""
    if len(line) > COMMAND_LENGTH_MAX:
        raise UsageError(f"a command has at most {COMMAND_LENGTH_MAX} characters")
    try:
        value: dict[str, Any] = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise UsageError(
            "a line that begins with { is a command, and this is no JSON object on one line; to say it, use say"
        ) from None
    return value


def id_in(fields: Mapping[str, Any]) -> Id:
    """What the answer to a command is to be known by. Raises UsageError."""
    value = fields.get("id")
    is_short = isinstance(value, str) and len(value) <= COMMAND_ID_LENGTH_MAX
    is_exact = is_integer(value) and abs(value) <= _EXACT_INTEGER_MAX
    if value is None or is_short or is_exact:
        known_by: Id = value
        return known_by
    raise UsageError(f"an id is a text of at most {COMMAND_ID_LENGTH_MAX} characters or an integer")


def command_in(fields: Mapping[str, Any]) -> Command:
    """The command that these fields are. Raises UsageError."""
    name = fields.get("command")
    kind = COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        asked = f"there is no command {_shown(name)}" if "command" in fields else "there is no command in it"
        raise UsageError(f"{asked}; there are {', '.join(COMMANDS)}")
    given = {field: value for field, value in fields.items() if field not in {"command", "id"} and value is not None}
    known = {field.name: field.default is MISSING for field in fields_of(kind)}
    for field in given:
        if field not in known:
            raise UsageError(f"{name} has no {_shown(field)}")
    for field, is_required in known.items():
        if is_required and field not in given:
            raise UsageError(f"{name} needs {field}")
    return kind(**{field: _read(field, value) for field, value in given.items()})


def _read(field: str, value: object) -> Any:  # noqa: ANN401 (each field has a type of its own)
    try:
        return _READERS[field](value)
    except UsageError as error:
        raise UsageError(f"{field}: {error}") from None


def _shown(value: object) -> str:
    return sanitise_line(str(value), _SHOWN_LENGTH_MAX)


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("not a value of JSON")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UsageError("that is no text")
    # JSON can hold halves of characters, which no text has: marks in their place, as for bytes that are no UTF-8.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError("that is neither true nor false")
    return value


def _count(value: object) -> int:
    if not is_integer(value) or not 1 <= value <= COMMAND_COUNT_MAX:
        raise UsageError(f"a count is a number from 1 to {COMMAND_COUNT_MAX}")
    return value


# What each field means, which is the same in every command.
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "action": _flag,
    "after": position_of_fields,
    "all": _flag,
    "before": position_of_fields,
    "count": _count,
    "feed": feed_of_field,
    "nickname": _text,
    "peer": _text,
    "seq": seq_of_field,
    "text": _text,
    "who": _text,
}

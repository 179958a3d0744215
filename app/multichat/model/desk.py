"""What a person has left in a room on this machine, and how it is written down. Pure.

Owns what a desk holds and how much of it. Nothing here is part of the conversation, nobody else sees it, and losing it
costs no message: what cannot be read is left out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple, TypedDict, Unpack

from multichat.limits import (
    CHECKED_MAX,
    DRAFT_LENGTH_MAX,
    HOLDER_FEEDS_MAX,
    HOLDERS_MAX,
    LOOK_LENGTH_MAX,
    MUTED_MAX,
    RECALL_LENGTH_MAX,
    RECALL_MAX,
    SEEN_MAX,
    TIME_MAX_MS,
    WARNED_MAX,
)
from multichat.model.deliveries import Word
from multichat.model.message import Position
from multichat.model.names import shown_name
from multichat.model.people import Seen
from multichat.model.text import SafeText
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS

_KEY_LENGTH_BYTES: Final = 32

Notify = Literal["all", "mentions", "none"]
_NOTIFY: Final[tuple[Notify, ...]] = ("all", "mentions", "none")


class Checked(NamedTuple):
    """A key that one has checked, and what its owner was called then."""

    feed: bytes
    nickname: SafeText


class Warned(NamedTuple):
    """That one was told that a name of somebody looks like that of others, or like one's own."""

    feed: bytes
    look: str
    is_own: bool = False


class DeskChanges(TypedDict, total=False):
    """What one may change on a desk; what is not named stays. See Desk."""

    draft: str
    recall: tuple[str, ...]
    last_read: Position | None
    notify: Notify | None
    muted: tuple[bytes, ...]
    joined_ms: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What was being written, what was sent (the newest last), up to where one has read, whom one wants to hear.

    Beside that, for the room itself: whose keys are checked (`checked`), of whose names one was warned (`warned`), who
    was here (`people`), and who holds what one has written (`deliveries`).
    """

    draft: str = ""
    recall: tuple[str, ...] = ()
    last_read: Position | None = None
    # None where one has not said what to hear of this room.
    notify: Notify | None = None
    muted: tuple[bytes, ...] = ()
    # When one came here first; 0 if that is not known.
    joined_ms: int = 0
    checked: tuple[Checked, ...] = ()
    warned: tuple[Warned, ...] = ()
    people: tuple[Seen, ...] = ()
    deliveries: tuple[Word, ...] = ()

    def changed(self, **changes: Unpack[DeskChanges]) -> "Desk":
        """This desk with these changes, and no more on it than it holds."""
        desk = replace(self, **changes)
        return replace(
            desk,
            draft=desk.draft[:DRAFT_LENGTH_MAX],
            recall=_newest_texts(desk.recall),
            muted=tuple(desk.muted)[-MUTED_MAX:],
        )


def format_desk(desk: Desk) -> bytes:
    """The desk as JSON."""
    return json.dumps(
        {
            "draft": desk.draft,
            "recall": desk.recall,
            "last_read": None if desk.last_read is None else _fields_of(desk.last_read),
            "notify": desk.notify,
            "muted": [key.hex() for key in desk.muted],
            "checked": [_fields_of(checked) for checked in desk.checked],
            "warned": [_fields_of(warned) for warned in desk.warned],
            "joined_ms": desk.joined_ms,
            "people": [_fields_of(seen) for seen in desk.people],
            "deliveries": [_fields_of(word) for word in desk.deliveries],
        }
    ).encode()


def parse_desk(data: bytes) -> Desk:
    """The desk in `data`, whatever that is: what is damaged in it is left out."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return Desk()
    if not isinstance(value, dict):
        return Desk()
    return Desk(
        last_read=_position(value.get("last_read")),
        checked=tuple(_all_checked(value.get("checked")))[-CHECKED_MAX:],
        warned=tuple(_all_warned(value.get("warned")))[-WARNED_MAX:],
        people=tuple(_all_seen(value.get("people")))[-SEEN_MAX:],
        deliveries=tuple(_words(value.get("deliveries")))[-HOLDERS_MAX * HOLDER_FEEDS_MAX :],
    ).changed(
        draft=draft if isinstance(draft := value.get("draft"), str) else "",
        recall=tuple(text for text in _list(value.get("recall")) if isinstance(text, str)),
        notify=_notify(value.get("notify")),
        joined_ms=_integer(value.get("joined_ms"), TIME_MAX_MS) or 0,
        muted=tuple(key for entry in _list(value.get("muted")) if (key := _key(entry)) is not None),
    )


def _newest_texts(texts: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    length = 0
    for text in reversed(tuple(texts)[-RECALL_MAX:]):
        length += len(text)
        if length > RECALL_LENGTH_MAX:
            break
        kept.append(text)
    return tuple(reversed(kept))


def _fields_of(record: Position | Seen | Word | Checked | Warned) -> dict[str, object]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in record._asdict().items()}


def _notify(value: object) -> Notify | None:
    return next((notify for notify in _NOTIFY if notify == value), None)


def _position(value: object) -> Position | None:
    fields = _dict(value)
    timestamp_ms, feed = _integer(fields.get("timestamp_ms"), TIME_MAX_MS), _key(fields.get("feed"))
    seq = _integer(fields.get("seq"), FEED_LENGTH_MAX_BLOCKS)
    return None if timestamp_ms is None or feed is None or seq is None else Position(timestamp_ms, feed, seq)


def _all_seen(value: object) -> Iterator[Seen]:
    for fields in map(_dict, _list(value)):
        feed, last_here_ms = _key(fields.get("feed")), _integer(fields.get("last_here_ms"), TIME_MAX_MS)
        if feed is not None and last_here_ms is not None:
            first_here_ms = _integer(fields.get("first_here_ms"), TIME_MAX_MS) or 0
            yield Seen(feed, last_here_ms, fields.get("is_seed") is True, first_here_ms)


def _all_checked(value: object) -> Iterator[Checked]:
    for fields in map(_dict, _list(value)):
        feed, nickname = _key(fields.get("feed")), fields.get("nickname")
        if feed is not None and isinstance(nickname, str):
            # Shown once more, as a name from elsewhere: the file may be anybody's work.
            yield Checked(feed, shown_name(nickname))


def _all_warned(value: object) -> Iterator[Warned]:
    for fields in map(_dict, _list(value)):
        feed, look = _key(fields.get("feed")), fields.get("look")
        if feed is not None and isinstance(look, str):
            yield Warned(feed, look[:LOOK_LENGTH_MAX], fields.get("is_own") is True)


def _words(value: object) -> Iterator[Word]:
    for fields in map(_dict, _list(value)):
        person, feed = _key(fields.get("person")), _key(fields.get("feed"))
        if person is not None and feed is not None:
            yield Word(person, feed, tuple(_runs(fields.get("runs"))))


def _runs(value: object) -> Iterator[tuple[int, int]]:
    for run in _list(value):
        edges = [_integer(edge, FEED_LENGTH_MAX_BLOCKS) for edge in _list(run)]
        match edges:
            case [int(start), int(end)] if start < end:
                yield start, end


def _key(value: object) -> bytes | None:
    try:
        key = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return None
    return key if len(key) == _KEY_LENGTH_BYTES else None


def _integer(value: object, maximum: int) -> int | None:
    return value if type(value) is int and 0 <= value <= maximum else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

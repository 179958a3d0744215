"""What somebody who searches has typed, and what it asks for. Pure.

Owns the syntax: words, "quoted phrases", -exclusions, from:NICKNAME and before:, after: and on: with a date. Knows
nothing of how it is found. All that leaves it are tokens (see `words`), folded nicknames and milliseconds: nothing that
was typed reaches another syntax.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, timedelta, tzinfo
from typing import Final, Self, TypeVar

from multichat.errors import UsageError
from multichat.limits import QUERY_LENGTH_MAX, QUERY_SHOWN_LENGTH_MAX
from multichat.model.text import sanitise_line
from multichat.model.words import fold, words_in

# One letter begins a tenth of all words: whoever has typed one has not said yet what to look for.
_BEGINNING_LENGTH_MIN: Final = 2

_NEVER_MS: Final = 1 << 62

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other, as `tokens`; with `may_go_on`, the last may be the beginning of a longer word."""

    tokens: tuple[str, ...]
    may_go_on: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: messages in which all of `phrases` occur and none of `excluded`.

    Their author's nickname, as `nickname_key` folds it, begins with one of `authors`, if there are any, and with none
    of `excluded_authors`. They were written in [start_ms, end_ms).
    """

    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()
    start_ms: int = 0
    end_ms: int = _NEVER_MS

    @classmethod
    def parse(cls, text: str, *, today: date, zone: tzinfo | None) -> Self:
        """What `text` asks for; dates are those of `zone`, None being where this machine is.

        All words must occur. The last word is the beginning of one as long as nothing stands behind it. Several `from:`
        mean any of these people. `before:` and `after:` leave the time out that they name. Raises UsageError, with one
        line that says why, for a date or nickname that cannot be read and a text that asks for nothing.
        """
        if len(text) > QUERY_LENGTH_MAX:
            raise UsageError(f"a search has at most {QUERY_LENGTH_MAX} characters")
        reading = _Reading(text, _Calendar(today, zone))
        if reading.is_empty:
            raise UsageError('look for words, "a phrase", from:NICKNAME, or before:, after: or on:DATE')
        (phrases, excluded), (authors, excluded_authors) = reading.phrases, reading.authors
        return cls(
            _once(phrases), _once(excluded), _once(authors), _once(excluded_authors), reading.start_ms, reading.end_ms
        )


def period_ms(field: str, value: str, *, today: date, zone: tzinfo | None) -> tuple[int, int]:
    """The first moment of the day, month or year that `value` names, and the first one past it; see `Query.parse`.

    Raises UsageError, which names the `field` that it is the value of.
    """
    return _Calendar(today, zone).period_ms(field, value)


def nickname_key(nickname: str) -> str:
    """What of a nickname, as it is shown, matters to somebody who searches for it."""
    return " ".join(fold(nickname).split())


def _once(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(items))


_ITEM: Final = re.compile(
    r"""
    (?P<minus>-?)
    (?:
        (?P<field>from|before|after|on):(?:"(?P<quoted_value>[^"]*)"?|(?P<value>\S*))
      | "(?P<phrase>[^"]*)(?P<end>"?)
      | (?P<word>\S+)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _Reading:
    """One text, read item by item; of phrases and of authors, the first list is wanted and the second is not."""

    def __init__(self, text: str, calendar: "_Calendar") -> None:
        self.is_empty = True
        self.phrases: tuple[list[Phrase], list[Phrase]] = ([], [])
        self.authors: tuple[list[str], list[str]] = ([], [])
        self.start_ms = 0
        self.end_ms = _NEVER_MS
        self._calendar = calendar
        for item in _ITEM.finditer(text):
            self._read(item, is_last=item.end() == len(text))

    def _read(self, item: re.Match[str], *, is_last: bool) -> None:
        is_excluded = bool(item["minus"])
        field = (item["field"] or "").lower()
        value = item["quoted_value"] or item["value"] or ""
        if field == "from":
            self.authors[is_excluded].append(_author(value))
            self.is_empty = False
        elif field and not is_excluded:
            self._limit(field, value)
            self.is_empty = False
        elif field:
            # There is no exclusion of a time: it is a word that looks like one.
            self._add(f"{field} {value}", is_excluded=True, may_go_on=False)
        else:
            is_open = is_last and not item["end"]
            self._add(item["word"] or item["phrase"] or "", is_excluded=is_excluded, may_go_on=is_open)

    def _add(self, text: str, *, is_excluded: bool, may_go_on: bool) -> None:
        words = words_in(text)
        if not words:
            return
        last = words[-1]
        is_beginning = last.may_go_on and last.end == len(text) and len(last.token) >= _BEGINNING_LENGTH_MIN
        tokens = tuple(word.token for word in words)
        self.phrases[is_excluded].append(Phrase(tokens, may_go_on and is_beginning and not is_excluded))
        self.is_empty = False

    def _limit(self, field: str, value: str) -> None:
        first_ms, next_ms = self._calendar.period_ms(field, value)
        if field != "before":
            self.start_ms = max(self.start_ms, next_ms if field == "after" else first_ms)
        if field != "after":
            self.end_ms = min(self.end_ms, first_ms if field == "before" else next_ms)


def _author(value: str) -> str:
    key = nickname_key(sanitise_line(value, QUERY_LENGTH_MAX))
    if not key:
        raise UsageError("from: is followed by a nickname or its beginning, such as from:anna")
    return key


_DATE: Final = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?")
_DAY: Final = timedelta(days=1)
_DAYS_AGO: Final = {"today": 0 * _DAY, "yesterday": _DAY}


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Which moments a date means, on some day in some place."""

    today: date
    zone: tzinfo | None

    def period_ms(self, field: str, value: str) -> tuple[int, int]:
        """The first moment of the day, month or year that `value` names, and the first one past it."""
        try:
            first, following = self._period(value.lower())
        except (ValueError, OverflowError):
            shown = sanitise_line(value, QUERY_SHOWN_LENGTH_MAX) or "nothing"
            raise UsageError(
                f"{field}: is followed by a date, not {shown}; it is 2024-05-31, 2024-05, 2024, today or yesterday"
            ) from None
        return self._moment_ms(first), self._moment_ms(following)

    def _period(self, value: str) -> tuple[date, date | None]:
        if value in _DAYS_AGO:
            day = self.today - _DAYS_AGO[value]
            return day, _day_after(day)
        match = _DATE.fullmatch(value)
        if match is None:
            raise ValueError(value)
        year, month = int(match["year"]), int(match["month"] or 1)
        first = date(year, month, int(match["day"] or 1))
        if match["day"]:
            return first, _day_after(first)
        if match["month"]:
            return first, _month(year + month // 12, month % 12 + 1)
        return first, _month(year + 1, 1)

    def _moment_ms(self, day: date | None) -> int:
        if day is None:
            return _NEVER_MS
        try:
            return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            # At the ends of the calendar, the way to UTC can lead past them.
            return 0 if day.year < self.today.year else _NEVER_MS


def _day_after(day: date) -> date | None:
    """None if the calendar ends there."""
    return day + _DAY if day < date.max else None


def _month(year: int, month: int) -> date | None:
    """The first day of a month; None if the calendar has ended before."""
    return date(year, month, 1) if year <= MAXYEAR else None

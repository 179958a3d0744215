"""What somebody who searches may type, and what it means."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest

from multichat.errors import UsageError
from multichat.limits import QUERY_LENGTH_MAX
from multichat.model.query import Phrase, Query

TODAY = date(2024, 5, 31)


def _parse(text: str, zone: tzinfo = UTC) -> Query:
    return Query.parse(text, today=TODAY, zone=zone)


def _ms(year: int, month: int = 1, day: int = 1, zone: tzinfo = UTC) -> int:
    return int(datetime(year, month, day, tzinfo=zone).timestamp() * 1000)


def _words(*words: str) -> tuple[Phrase, ...]:
    return tuple(Phrase((word,)) for word in words)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("hello world ", _words("hello", "world")),
        ("  hello\n\tworld\u3000 ", _words("hello", "world")),
        ("hello hello ", _words("hello")),
        ("CAFÉ café cafe\u0301 ", _words("cafe")),
        ('"hello world"', (Phrase(("hello", "world")),)),
        ('"hello" world ', _words("hello", "world")),
        ('"hello"world ', _words("hello", "world")),
        ("don't ", (Phrase(("don", "t")),)),
        ("time:out foo:bar ", (Phrase(("time", "out")), Phrase(("foo", "bar")))),
        ("https://example.org/a_b ", (Phrase(("https", "example", "org", "a", "b")),)),
        ("中国 ", (Phrase(("中", "国")),)),
        ("hello ... !!! ", _words("hello")),
        ("AND OR NOT NEAR( ", _words("and", "or", "not", "near")),
        ('5" 7^ *x* {y} (z) ', _words("5", "7", "x", "y", "z")),
        ("hello -", _words("hello")),
        ("hello - -- ", _words("hello")),
        ("from hello before ", _words("from", "hello", "before")),
        ("well-known ", (Phrase(("well", "known")),)),
    ],
)
def test_words_and_phrases_are_read(text: str, phrases: tuple[Phrase, ...]) -> None:
    assert _parse(text) == Query(phrases)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("say hel", Phrase(("hel",), may_go_on=True)),
        ("say well-kno", Phrase(("well", "kno"), may_go_on=True)),
        ('say "hello wor', Phrase(("hello", "wor"), may_go_on=True)),
        ('say "hello world"', Phrase(("hello", "world"))),
        ('say "hello wor ', Phrase(("hello", "wor"))),
        ("say hel ", Phrase(("hel",))),
        ("say hel!", Phrase(("hel",))),
        ("say h", Phrase(("h",))),
        ("say 中国", Phrase(("中", "国"))),
        ("say 👍", Phrase(("👍",))),
    ],
)
def test_the_last_word_may_go_on_as_long_as_nothing_stands_behind_it(text: str, last: Phrase) -> None:
    assert _parse(text).phrases == (Phrase(("say",)), last)


def test_what_is_excluded_is_whole_words() -> None:
    assert _parse('a -b -"c d" --e -f-g -hel') == Query(
        _words("a"), (*_words("b"), Phrase(("c", "d")), *_words("e"), Phrase(("f", "g")), *_words("hel"))
    )
    assert _parse("-a") == Query((), _words("a"))


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("from:anna", ("anna",)),
        ("From:ANNA from:Bob from:anna", ("anna", "bob")),
        ('from:"Anna  Maria"', ("anna maria",)),
        ('from:"anna maria', ("anna maria",)),
        ("from:André", ("andre",)),
        ('from:a"b*', ('a"b*',)),
        ("from:\u202ex", ("\ufffdx",)),
        ("from:דוד", ("דוד",)),
        ("from:-x", ("-x",)),
    ],
)
def test_authors_are_named_by_the_beginning_of_a_nickname(text: str, authors: tuple[str, ...]) -> None:
    assert _parse(text) == Query(authors=authors)


def test_authors_are_excluded() -> None:
    assert _parse('from:an -from:"anna b"') == Query(authors=("an",), excluded_authors=("anna b",))


_DAYS = [
    ("2024-05-30", _ms(2024, 5, 30), _ms(2024, 5, 31)),
    ("2024-2-29", _ms(2024, 2, 29), _ms(2024, 3, 1)),
    ("2024-12", _ms(2024, 12), _ms(2025)),
    ("2024-02", _ms(2024, 2), _ms(2024, 3)),
    ("2024", _ms(2024), _ms(2025)),
    ("today", _ms(2024, 5, 31), _ms(2024, 6, 1)),
    ("Yesterday", _ms(2024, 5, 30), _ms(2024, 5, 31)),
    ('"2024"', _ms(2024), _ms(2025)),
]


@pytest.mark.parametrize(("value", "start_ms", "end_ms"), _DAYS)
def test_dates_are_days_months_and_years(value: str, start_ms: int, end_ms: int) -> None:
    assert _parse(f"on:{value}") == Query(start_ms=start_ms, end_ms=end_ms)
    assert _parse(f"BEFORE:{value}") == Query(end_ms=start_ms)
    assert _parse(f"after:{value}") == Query(start_ms=end_ms)


def test_several_dates_hold_together() -> None:
    assert _parse("after:2022 before:2024-03 before:2024 on:2023") == Query(start_ms=_ms(2023), end_ms=_ms(2024))
    never = _parse("on:2023 on:2024")
    assert never.start_ms >= never.end_ms


class _Summer(tzinfo):
    """A place whose clocks are put from 0:00 to 1:00 on the last day of March."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=moment is not None and moment.replace(tzinfo=None) >= datetime(2024, 3, 31))  # noqa: DTZ001

    def dst(self, moment: datetime | None) -> timedelta:
        return self.utcoffset(moment)

    def tzname(self, moment: datetime | None) -> str:
        return f"summer {moment}"


def test_dates_are_local() -> None:
    zone = timezone(timedelta(hours=-7, minutes=30))
    assert _parse("on:2024-05-30", zone).start_ms == _ms(2024, 5, 30) + 6.5 * 3_600_000
    day = _parse("on:2024-03-30", _Summer())
    assert day.end_ms - day.start_ms == 23 * 3_600_000


def test_dates_without_a_zone_are_those_of_this_machine() -> None:
    start_ms = Query.parse("on:2024-05-30", today=TODAY, zone=None).start_ms
    assert datetime.fromtimestamp(start_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M") == "2024-05-30 00:00"


@pytest.mark.parametrize("zone", [UTC, None, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), _Summer()])
def test_the_ends_of_the_calendar_are_dates_like_others(zone: tzinfo | None) -> None:
    for value in ("0001", "0001-01-01", "1969-12-31", "9999", "9999-12", "9999-12-31"):
        for field in ("on", "before", "after"):
            query = Query.parse(f"{field}:{value}", today=TODAY, zone=zone)
            assert (query.start_ms <= _ms(2024) < query.end_ms) == (field == ("after" if value < "2" else "before"))


@pytest.mark.parametrize("field", ["before", "after", "on"])
@pytest.mark.parametrize(
    "value",
    [
        *("", '""', "2024-13", "2024-02-30", "2023-02-29", "0000", "20240531", "24-05-31", "2024-", "2024-05-31-1"),
        *("x", "\uff12\uff10\uff12\uff14", "tomorrow", "2024/05/31", "\x00\ud800", "9" * 300),
    ],
)
def test_a_date_that_cannot_be_read_is_refused_in_one_line(field: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{field}: is followed by a date, not .*2024-05-31") as caught:
        _parse(f"hello {field}:{value} world")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize("text", ["", " ", "\n", "...", '"', '""', '-""', "-", "--", "-!", '*"?', "\ud800", "\u202e"])
def test_a_query_that_asks_for_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="look for words"):
        _parse(text)


@pytest.mark.parametrize("text", ["from:", "hello from: anna", 'from:""', "-from:", 'from:" "'])
def test_from_without_a_nickname_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="from: is followed by a nickname"):
        _parse(text)


def test_an_excluded_date_is_a_phrase_of_words() -> None:
    assert _parse("a -before:2024-05") == Query(_words("a"), (Phrase(("before", "2024", "05")),))


@pytest.mark.parametrize("make", [lambda length: "x" * length, lambda length: "a " * (length // 2)])
def test_a_query_has_an_upper_length(make: Callable[[int], str]) -> None:
    assert _parse(make(QUERY_LENGTH_MAX)).phrases
    with pytest.raises(UsageError, match=f"at most {QUERY_LENGTH_MAX} characters"):
        _parse(make(QUERY_LENGTH_MAX + 2))

"""Full-text search: which messages have some words, from whom and when.

A disposable view beside the timeline, in a file of its own: it reads the log from a cursor in the same way, and is made
anew when it is of no use. Owns the index, and the order in which what is found is given. The texts stay in the log; the
index keeps their words. What a word is, is the business of `words`; what is asked for, of `query`.

The row of a message in the index is numbered by its time. So what SQLite finds, however common it is, comes newest
first and as far as it is wanted: nothing is sorted, and a page of a million hits is read as fast as one of a hundred.
"""

import heapq
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple, Self

from multichat.model.log import message_at, record_in
from multichat.model.message import Message, Position, message_of
from multichat.model.query import Phrase, Query, nickname_key
from multichat.model.view_file import ViewFile, is_damage
from multichat.model.words import tokens_in
from multifeed import Multifeed, StoreError

# What a nickname's token begins with, to the tokenizer a letter; no word has it.
_NICKNAME_SIGN: Final = "@"

_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE feeds (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
-- Messages by the number of their row in `texts`, which is their time in milliseconds or, if that is taken, another of
-- the same quarter of a second; `shift` is the difference. Numbers below zero are those of messages that came when no
-- other was left.
CREATE TABLE messages (
    id    INTEGER PRIMARY KEY,
    feed  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    shift INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX crowded_messages ON messages (feed, seq) WHERE id < 0;
-- Every token that there is, to look for its beginning.
CREATE TABLE tokens (token TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- Its own tokenizer has nothing to do: texts are tokens with spaces between them already.
CREATE VIRTUAL TABLE texts USING fts5(
    text, content = '', columnsize = 0, tokenize = "ascii tokenchars '@'"
);
-- Each step merges a little. Left to itself, SQLite does so seldom, and for tens of milliseconds.
INSERT INTO texts (texts, rank) VALUES ('automerge', 0);
INSERT INTO texts (texts, rank) VALUES ('crisismerge', 1000);
"""

# Read and indexed in one go: a few milliseconds, whichever is reached first.
_STEP_LENGTH_BLOCKS: Final = 100
_STEP_LENGTH_CHARACTERS: Final = 20_000

# How many pages a step merges at most; about as much as it takes to keep up.
_MERGED_PAGES: Final = 40

# What a step adds to the write-ahead log; merging rewrites what is there some times over.
_STEP_LENGTH_BYTES: Final = 40 << 10
_CHARACTER_LENGTH_BYTES: Final = 16

# Messages whose times differ only below this have their rows in any order.
_BUCKET_LENGTH_MS: Final = 256

# Up to so many words that begin alike are looked for one by one, in the order in which they are wanted. SQLite's own
# way collects all messages with them first.
_ALTERNATIVES_MAX: Final = 2_000

_FIRST_ID: Final = -(1 << 63)


class _Found(NamedTuple):
    """A message that the step has read: what is indexed of it, and when it arrived."""

    arrival: int
    position: Position
    tokens: list[str]


class SearchIndex:
    """The words of one room's messages. Every method raises StoreError when the disk refuses.

    One that turns out to be damaged raises that too, and is empty from then on: `advance` makes it anew.
    """

    def __init__(self, path: Path, multi: Multifeed, source: bytes) -> None:
        self._multi = multi
        try:
            self._file = ViewFile(path, _SCHEMA, _SCHEMA_VERSION, source, multi.last_arrival)
        except StoreError as error:
            if "no such module" in str(error):
                raise StoreError("there is no search: the SQLite of this Python has no FTS5") from error
            raise

    @classmethod
    def open(cls, path: Path, multi: Multifeed, *, source: bytes) -> Self:
        """Open the index kept at `path`, or begin a new one if it is missing, damaged, of another version or log.

        `source` names the log, as it does for the timeline.
        """
        return cls(path, multi, source)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    # --- growing ---

    @property
    def unread(self) -> int:
        """How many blocks of the log have not been read yet: what was said in them is not found."""
        return max(0, self._multi.last_arrival - self._file.cursor)

    def advance(self) -> bool:
        """Index what has arrived next, a few milliseconds' worth; whether there is more."""
        last_arrival = self._multi.last_arrival
        if last_arrival == self._file.cursor:
            return False
        cursor, found = self._read()
        characters = sum(len(token) + 1 for message in found for token in message.tokens)
        # Past what is not there any more, there may be nothing.
        cursor = cursor or last_arrival
        with (
            self._using(),
            self._file.step(cursor, _STEP_LENGTH_BYTES + characters * _CHARACTER_LENGTH_BYTES) as connection,
        ):
            _index(connection, found)
        return cursor < last_arrival

    def _read(self) -> tuple[int, list[_Found]]:
        """What arrived next, and the cursor past it; 0 if nothing did."""
        cursor, characters = 0, 0
        found = []
        for cursor, feed, seq, block in islice(self._multi.arrivals(self._file.cursor), _STEP_LENGTH_BLOCKS):
            record = record_in(self._multi, block)
            if record is None:
                continue
            message = message_of(feed, seq, record)
            found.append(_Found(cursor, message.position, _tokens_of(message)))
            characters += len(message.text)
            if characters >= _STEP_LENGTH_CHARACTERS:
                break
        return cursor, found

    # --- finding ---

    def search(self, query: Query, before: Position | None, count: int, *, until_ms: int) -> Sequence[Message]:
        """The last `count` messages before `before` (before the end, if None) that `query` asks for, newest first.

        What is later than `until_ms` is left out: the timeline's `horizon_ms` is meant.
        """
        messages: list[Message] = []
        with closing(self._positions(query, before, until_ms)) as positions:
            while len(messages) < count and (position := next(positions, None)):
                message = message_at(self._multi, position)
                if message is not None:
                    messages.append(message)
        return messages

    def count(self, query: Query, at_most: int, *, until_ms: int) -> int:
        """How many messages `query` asks for, counted up to `at_most`, for which it takes time."""
        with closing(self._positions(query, None, until_ms)) as positions:
            return sum(1 for _ in islice(positions, at_most))

    def _positions(self, query: Query, before: Position | None, until_ms: int) -> Generator[Position, None, None]:
        """Where the messages stand that a query asks for, newest first."""
        last_ms = min(query.end_ms - 1, until_ms)
        if before is not None:
            last_ms = min(last_ms, before.timestamp_ms)
        with self._using():
            expression = self._expression(query)
            for position in self._ordered(expression, query.start_ms, last_ms):
                is_in_time = query.start_ms <= position.timestamp_ms <= last_ms
                if is_in_time and (before is None or position < before):
                    yield position

    def _ordered(self, expression: str, first_ms: int, last_ms: int) -> Iterator[Position]:
        first_id, last_id = _bucket(max(first_ms, 0))[0], _bucket(last_ms)[-1]
        positions = _sorted_in_buckets(self._select(expression, first_id, last_id))
        if self._file.connection.execute("SELECT 1 FROM messages WHERE id < 0 LIMIT 1").fetchone() is None:
            return positions
        # There are too many messages at the same time; what did not find a place is sorted here.
        crowded = sorted(self._select(expression, _FIRST_ID, -1), reverse=True)
        return heapq.merge(positions, crowded, reverse=True)

    def _select(self, expression: str, first_id: int, last_id: int) -> Iterator[Position]:
        rows = self._file.connection.execute(
            # The order of the tables is given: the index comes first, and its order is the one that is asked for.
            "SELECT messages.id - shift, key, seq FROM texts CROSS JOIN messages ON messages.id = texts.rowid"
            " CROSS JOIN feeds ON feeds.id = messages.feed"
            " WHERE texts MATCH ? AND texts.rowid BETWEEN ? AND ? ORDER BY texts.rowid DESC",
            (expression, first_id, last_id),
        )
        with closing(rows):
            for row in rows:
                yield Position(*row)

    # --- what a query is to SQLite ---

    def _expression(self, query: Query) -> str:
        wanted = [self._phrase(phrase) for phrase in query.phrases]
        if query.authors or not wanted:
            # There is no expression for everything, but everything has an author.
            wanted.append(self._beginning_with([_nickname_token(author) for author in query.authors or ("",)]))
        unwanted = [self._phrase(phrase) for phrase in query.excluded]
        if query.excluded_authors:
            unwanted.append(self._beginning_with([_nickname_token(author) for author in query.excluded_authors]))
        expression = " AND ".join(wanted)
        return f"({expression}) NOT ({' OR '.join(unwanted)})" if unwanted else expression

    def _phrase(self, phrase: Phrase) -> str:
        if not phrase.may_go_on:
            return _quoted(phrase.tokens)
        *firsts, beginning = phrase.tokens
        return self._beginning_with([beginning], firsts)

    def _beginning_with(self, beginnings: Sequence[str], firsts: Sequence[str] = ()) -> str:
        """What finds every token with one of these beginnings, right behind `firsts`."""
        tokens: set[str] = set()
        for beginning in beginnings:
            tokens.update(self._tokens_from(beginning))
            if len(tokens) > _ALTERNATIVES_MAX:
                alternatives = [f"{_quoted([*firsts, beginning])} *" for beginning in beginnings]
                break
        else:
            alternatives = [_quoted([*firsts, token]) for token in sorted(tokens) or beginnings]
        return f"({' OR '.join(alternatives)})"

    def _tokens_from(self, beginning: str) -> Iterable[str]:
        rows = self._file.connection.execute(
            "SELECT token FROM tokens WHERE token BETWEEN ? AND ? LIMIT ?",
            (beginning, beginning + "\U0010ffff", _ALTERNATIVES_MAX + 1),
        )
        return (token for (token,) in rows)

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Whatever is done with the file is done inside this."""
        try:
            with self._file.as_store_error():
                yield
        except StoreError as error:
            if is_damage(error):
                self._file.begin_anew()
            raise


def _index(connection: sqlite3.Connection, found: Sequence[_Found]) -> None:
    # First, since it sees only what was written before.
    connection.execute("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", (_MERGED_PAGES,))
    feed_ids = {key: _feed_id(connection, key) for key in {message.position.feed for message in found}}
    texts = []
    for message in found:
        message_id = _insert_message(connection, message, feed_ids[message.position.feed])
        # A block that was lost and fetched again is where it was.
        if message_id is not None:
            texts.append((message_id, " ".join(message.tokens)))
    # Out of order, each would be written by itself.
    connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", sorted(texts))
    tokens = {token for message in found for token in message.tokens}
    connection.executemany("INSERT OR IGNORE INTO tokens VALUES (?)", ((token,) for token in tokens))


def _feed_id(connection: sqlite3.Connection, key: bytes) -> int:
    connection.execute("INSERT OR IGNORE INTO feeds (key) VALUES (?)", (key,))
    found: int = connection.execute("SELECT id FROM feeds WHERE key = ?", (key,)).fetchone()[0]
    return found


def _insert_message(connection: sqlite3.Connection, message: _Found, feed_id: int) -> int | None:
    """The number of a message's row, None if it has one already."""
    timestamp_ms, _, seq = message.position
    bucket = _bucket(timestamp_ms)
    rows = connection.execute(
        "SELECT id, feed, seq FROM messages WHERE id BETWEEN ? AND ?", (bucket[0], bucket[-1])
    ).fetchall()
    if any(row[1:] == (feed_id, seq) for row in rows):
        return None
    taken = {row[0] for row in rows}
    free = (number for number in (timestamp_ms, *bucket) if number not in taken)
    message_id = next(free, -message.arrival)
    inserted = connection.execute(
        "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)", (message_id, feed_id, seq, message_id - timestamp_ms)
    )
    return message_id if inserted.rowcount else None


def _bucket(timestamp_ms: int) -> range:
    """The numbers that a message of that time may have."""
    start = timestamp_ms - timestamp_ms % _BUCKET_LENGTH_MS
    return range(start, start + _BUCKET_LENGTH_MS)


def _sorted_in_buckets(positions: Iterable[Position]) -> Iterator[Position]:
    for _, bucket in groupby(positions, lambda position: position.timestamp_ms // _BUCKET_LENGTH_MS):
        yield from sorted(bucket, reverse=True)


def _tokens_of(message: Message) -> list[str]:
    return [_author_token(message.nickname), *tokens_in(message.text)]


@lru_cache(maxsize=1024)
def _author_token(nickname: str) -> str:
    return _nickname_token(nickname_key(nickname))


def _nickname_token(key: str) -> str:
    """One token for a whole nickname, whatever is in it, and for every beginning of it a beginning of that."""
    return _NICKNAME_SIGN + key.encode().hex()


def _quoted(tokens: Sequence[str]) -> str:
    """A phrase. No token has a quotation mark or a space in it."""
    return f'"{" ".join(tokens)}"'

"""What the user has settled in config.toml.

Owns what can stand there and what is said of a mistake: which file, which line, and what would be right. Knows neither
what is done with it nor, but for reading one file, the disk.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, Final

from multichat.errors import UsageError
from multichat.keys import BY_ID, KeyTable, key_title, read_keys

# A file that somebody wrote by hand; anything longer is not one.
CONFIG_LENGTH_MAX_BYTES: Final = 1_000_000

# As the parser says where.
_AT_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END: Final = " (at end of document)"


class Notify(Enum):
    """Of which messages one wants to hear while one looks elsewhere."""

    MENTIONS = "mentions"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is settled; `theme` None leaves it to the program."""

    theme: str | None = None
    notify: Notify = Notify.MENTIONS
    bell: bool = True
    keys: KeyTable = field(default_factory=KeyTable)


def load_settings(path: Path, themes: Collection[str], *, is_required: bool) -> Settings:
    """What the file at `path` settles: nothing if it is absent and not required. Raises UsageError for a mistake."""
    data = _read(path, is_required=is_required)
    if not data:
        return Settings()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}, line {line}: this is not UTF-8") from error
    return parse_settings(text, str(path), themes)


def _read(path: Path, *, is_required: bool) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(CONFIG_LENGTH_MAX_BYTES + 1)
    except FileNotFoundError:
        if is_required:
            raise UsageError(f"{path}: there is no such file") from None
        return b""
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read: {error.strerror or error}") from error
    if len(data) > CONFIG_LENGTH_MAX_BYTES:
        raise UsageError(f"{path}: this is too long for a config file")
    return data


def parse_settings(text: str, source: str, themes: Collection[str]) -> Settings:
    """What `text` settles; `source` is what it is called, `themes` are those there are. Raises UsageError."""
    import tomllib  # noqa: PLC0415 (most people have no such file)

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        found = _AT_LINE.search(said)
        line = found[1] if found else len(text.splitlines()) if said.endswith(_AT_END) else None
        what = _AT_LINE.sub("", said).removesuffix(_AT_END)
        raise UsageError(f"{source}{'' if line is None else f', line {line}'}: {what}") from error
    return _Reader(text, source).settings(table, themes)


class _Reader:
    """Takes a table apart, and knows where in the text its parts stand."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.splitlines()
        self._source = source

    def settings(self, table: Mapping[str, Any], themes: Collection[str]) -> Settings:
        self._require_known(table, ("theme", "notify", "keys"), "")
        notify = self._table(table, "notify")
        self._require_known(notify, ("default", "bell"), "notify.")
        defaults = Settings()
        return Settings(
            theme=self._one_of(table, "theme", sorted(themes)),
            notify=Notify(self._one_of(notify, "default", [one.value for one in Notify]) or defaults.notify),
            bell=self._truth(notify, "bell", default=defaults.bell),
            keys=self._keys(self._table(table, "keys")),
        )

    def _keys(self, table: Mapping[str, Any]) -> KeyTable:
        chosen = {}
        for identity, text in _flat(table):
            if identity not in BY_ID:
                raise self._mistake(identity, f"there is no key {identity!r}{meant(identity, BY_ID)}")
            if not isinstance(text, str):
                raise self._mistake(identity, f'the keys of {identity} stand in one text, as in "ctrl+u,pageup"')
            try:
                chosen[identity] = read_keys(BY_ID[identity], text)
            except UsageError as error:
                raise self._mistake(identity, f"{identity}: {error}") from error
        keys = KeyTable(chosen)
        clash = keys.clash()
        if clash is not None:
            name, one, other = clash
            what = f"{key_title(name)} is given to {one.id}, but {other.id} has it; give that one another key as well"
            raise self._mistake(one.id, what)
        return keys

    def _table(self, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = table.get(name, {})
        if not isinstance(value, dict):
            raise self._mistake(name, f"{name} is a table: a line [{name}], and below it what belongs to it")
        return value

    def _one_of(self, table: Mapping[str, Any], name: str, values: Collection[str]) -> str | None:
        """The value that is set, or None."""
        if name not in table:
            return None
        value = table[name]
        if not isinstance(value, str) or value not in values:
            raise self._mistake(name, f"{name} cannot be {value!r}{meant(str(value), values)}")
        return value

    def _truth(self, table: Mapping[str, Any], name: str, *, default: bool) -> bool:
        value = table.get(name, default)
        if not isinstance(value, bool):
            raise self._mistake(name, f"{name} is true or false, not {value!r}")
        return value

    def _require_known(self, table: Mapping[str, Any], names: Collection[str], prefix: str) -> None:
        for name in table:
            if name not in names:
                raise self._mistake(name, f"there is no setting {prefix}{name}{meant(name, names)}")

    def _mistake(self, name: str, what: str) -> UsageError:
        """The error for what stands behind `name`."""
        line = self._line_of(name)
        return UsageError(f"{self._source}{'' if line is None else f', line {line}'}: {what}")

    def _line_of(self, name: str) -> int | None:
        """Where `name` is set, as far as that can be told: the parser does not say."""
        quoted = re.escape(name)
        pattern = re.compile(rf"""\s*(?:\[\s*)?["']?{quoted}["']?\s*[=.\]]""")
        return next((number for number, line in enumerate(self._lines, 1) if pattern.match(line)), None)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """The values by their whole names: without quotes, `conversation.page-up` is a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def meant(said: str, values: Iterable[str]) -> str:
    """What might have been meant, or all that there is."""
    names = list(values)
    close = get_close_matches(said, names, 1)
    return f"; is it {close[0]}?" if close else f"; there are {', '.join(names)}"

"""A glance at a store from outside, also while another process has it open: nothing is locked and nothing changed.

Owns reading what tells one store from another. Checks nothing: what it says is as right as the file.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from multifeed.errors import StoreError
from multifeed.limits import STORE_BUSY_TIMEOUT_S
from multifeed.store import APPLICATION_ID, SCHEMA_VERSION, unpack_ranges


@dataclass(frozen=True, slots=True)
class Glance:
    """What was asked for of the small values of a store, as far as they are there, and how many blocks it holds."""

    meta: Mapping[str, bytes] = field(repr=False)
    block_count: int


def glance(path: Path, names: Iterable[str]) -> Glance:
    """Look at the store at `path`, with the small values of these `names` (see `Multifeed.meta`).

    Raises StoreError if there is none, or none that can be read.
    """
    try:
        with closing(sqlite3.connect(_uri(path), timeout=STORE_BUSY_TIMEOUT_S, uri=True)) as store:
            (application_id,), (version,) = (
                store.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
            )
            if application_id != APPLICATION_ID or version > SCHEMA_VERSION:
                raise StoreError(f"{path} is not a store of this version")
            return Glance(_meta(store, names), _block_count(store))
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _uri(path: Path) -> str:
    # Where nobody has it open there is no log, and SQLite would make one to look into.
    has_log = path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'' if has_log else '&immutable=1'}"


def _meta(store: sqlite3.Connection, names: Iterable[str]) -> dict[str, bytes]:
    rows = (store.execute("SELECT name, value FROM meta WHERE name = ?", (name,)).fetchone() for name in names)
    return dict(row for row in rows if row is not None)


def _block_count(store: sqlite3.Connection) -> int:
    """Told by the feeds: counting the blocks would read through all of them."""
    return sum(unpack_ranges(held).size for (held,) in store.execute("SELECT held FROM feeds"))

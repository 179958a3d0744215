"""What the keys of this user are called, for whoever tells what one can press.

Owns which of several keys is named. What they do is `multichat.keys`'.
"""

from typing import Any

from textual.app import App

from multichat.keys import BY_ID, HasKeys, KeyTable, key_title


def key_name(app: App[Any], identity: str) -> str:
    """The key that does this, as the help names it: of several the shortest, "" if the user has left it none."""
    table = app.key_table if isinstance(app, HasKeys) else KeyTable()
    return min(map(key_title, table.keys_of(BY_ID[identity])), key=len, default="")


def told_keys(app: App[Any], *told: tuple[str, str]) -> list[str]:
    """For each (identity, what it does) its key and what it does, as in "Ctrl+Q quits"; only those that have a key."""
    return [f"{name} {does}" for identity, does in told if (name := key_name(app, identity))]

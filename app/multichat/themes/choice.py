"""The theme that was chosen inside the program, kept for the next start.

Owns state.json in the data directory: the config file is the user's own, and nothing is ever written there. Knows
neither themes nor screens.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

from multichat.privacy import make_private

STATE_NAME: Final = "state.json"
_NEW_NAME: Final = "state.json.new"
_THEME: Final = "theme"

# One name and what later versions may add.
_LENGTH_MAX_BYTES: Final = 64 * 1024


class ThemeChoice:
    """What was chosen last, in `directory`, which need not be there yet."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self) -> str | None:
        """The name of the theme; None if none was ever chosen, or if the file is damaged."""
        name = self._state().get(_THEME)
        return name if isinstance(name, str) else None

    def save(self, name: str) -> None:
        """Remember it; a crash leaves the choice before it. Raises OSError."""
        state = {**self._state(), _THEME: name}
        make_private(self._directory)
        new = self._directory / _NEW_NAME
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._directory / STATE_NAME)

    def _state(self) -> dict[str, Any]:
        try:
            with (self._directory / STATE_NAME).open("rb") as file:
                state = json.loads(file.read(_LENGTH_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return state if isinstance(state, dict) else {}

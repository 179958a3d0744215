"""What a user did that cannot be done, and what each kind of error means for the exit code.

The engine's errors are in `multifeed.errors`.
"""

from typing import Final

from multifeed.errors import InvalidArgumentError

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2


class UsageError(Exception):
    """Raised when what the user asked for makes no sense; the message says what would."""


class RefusedError(Exception):
    """Raised when this machine does not let us do what was asked, such as joining a room twice."""


def exit_code_of(error: Exception) -> int:
    """What the program ends with when this error ends it."""
    return WRONG_USAGE if isinstance(error, UsageError | InvalidArgumentError) else FAILED

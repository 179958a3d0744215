"""What a user did that cannot be done; the engine's errors are in `multifeed.errors`."""


class UsageError(Exception):
    """Raised when what the user asked for makes no sense; the message says what would (exit code 2)."""


class RefusedError(Exception):
    """Raised when this machine does not let us do what was asked, such as a port in use (exit code 1)."""

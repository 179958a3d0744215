"""Defects of our own: an exception that nobody expected becomes one line, and a traceback only for who asks for it."""

import asyncio
import os
import traceback
from collections.abc import Callable
from typing import Any, Final

_DEBUG_VARIABLE: Final = "MULTICHAT_DEBUG"


def is_debugging() -> bool:
    """Whether tracebacks are wanted."""
    return bool(os.environ.get(_DEBUG_VARIABLE))


def describe_defect(error: BaseException) -> str:
    """The line that a user reads."""
    return f"a defect of multichat itself: {type(error).__name__}: {error} ({_DEBUG_VARIABLE}=1 shows where)"


def report_defects(tell: Callable[[str], None]) -> None:
    """Have the running loop say what goes wrong in a callback through `tell`, and go on."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            tell(str(context["message"]))
            return
        if is_debugging():
            traceback.print_exception(error)
        tell(describe_defect(error))

    asyncio.get_running_loop().set_exception_handler(handle)

"""Waiting to be asked to end."""

import asyncio
import contextlib
import signal
from types import FrameType
from typing import NoReturn


async def interrupted() -> None:
    """Return when the program is asked to end: Ctrl+C, or SIGTERM."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not on Windows: there, Ctrl+C ends the loop by itself.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, asked.set)
    await asked.wait()


def raise_when_interrupted() -> None:
    """Have the same two raise KeyboardInterrupt from now on: also while a write waits for whoever is to read it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise)


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt

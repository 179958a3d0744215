"""Waiting to be asked to end."""

import asyncio
import contextlib
import signal


async def interrupted() -> None:
    """Return when the program is asked to end: Ctrl+C, or SIGTERM."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not on Windows: there, Ctrl+C ends the loop by itself.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, asked.set)
    await asked.wait()

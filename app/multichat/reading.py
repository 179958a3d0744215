"""The reading of a long history for a run without a screen.

Owns how it is said how far that is.
"""

from collections.abc import Callable

from multichat.room import Room
from multichat.throttle import Throttle


async def read_history(room: Room, say: Callable[[str], None]) -> None:
    """Put in order what of the room's history is not yet. Raises StoreError."""
    progress = Throttle(say)
    try:
        await room.read_history(
            lambda left: progress.tell(f"putting the history in order, once: {left:,} messages to go")
        )
    finally:
        progress.close()

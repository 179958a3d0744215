"""Every bound of the chat in one place; the engine's own are in `multifeed.limits`."""

from typing import Final

# A name that fits beside a message on the narrowest screen.
NICKNAME_LENGTH_MAX: Final = 32

# A long page of prose. Longer texts are files, and this is not the place for them.
TEXT_LENGTH_MAX: Final = 16_000

# A room's name is part of a path and of a header line.
ROOM_NAME_LENGTH_MAX: Final = 64

# Clocks of people who never set theirs differ by minutes; beyond that a clock is wrong, and its messages wait.
CLOCK_AHEAD_MAX_MS: Final = 5 * 60 * 1000

"""What came of dialling somebody. Pure: an error is an argument."""

import socket
from enum import Enum


class Outcome(Enum):
    """How a dial ended, as far as it can be told from here."""

    MET = "met"
    NO_SUCH_HOST = "no such host"
    NO_ROUTE = "no route"
    REFUSED = "refused"
    NO_ANSWER = "no answer"
    # There is a program, and it does not know the room, or does not speak this version.
    NOT_OF_THIS_ROOM = "not of this room"
    # It knows the room.
    ANOTHER_VERSION = "another version"


def outcome_of(error: Exception) -> Outcome:
    """Why no connection was made."""
    if isinstance(error, socket.gaierror | UnicodeError):
        # UnicodeError: a name that cannot be one in the domain name system.
        return Outcome.NO_SUCH_HOST
    if isinstance(error, TimeoutError):
        return Outcome.NO_ANSWER
    if isinstance(error, ConnectionRefusedError):
        return Outcome.REFUSED
    return Outcome.NO_ROUTE

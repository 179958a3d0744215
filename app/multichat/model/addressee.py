"""Whom a command is about, by what somebody wrote, and what it does to hear them no more. Pure.

Owns what is said where nobody or several are meant.
"""

from collections.abc import Sequence
from typing import Final

from multichat.errors import UsageError
from multichat.model.conversation import Conversation
from multichat.model.people import Person
from multichat.model.text import sanitise_line

# As much of a name that nobody has as an answer repeats.
_SHOWN_LENGTH_MAX: Final = 80

# Of the people who may be meant, those that are listed.
_LABELS_MAX: Final = 5


def named(conversation: Conversation, name: str, *, hint: str) -> Sequence[Person]:
    """Everybody who may be meant by `name`, oneself included. Raises UsageError, with the hint, if nobody is."""
    found = conversation.meant(name)
    if not found:
        raise UsageError(f"nobody is called {sanitise_line(name, _SHOWN_LENGTH_MAX)}; {hint}")
    return found


def one_other(conversation: Conversation, name: str, *, hint: str) -> Person:
    """The one who is meant by `name`. Raises UsageError if nobody is, and if several may be."""
    others = [person for person in named(conversation, name, hint=hint) if not person.is_own]
    if not others:
        raise UsageError("that is you")
    if len(others) > 1:
        labels = ", ".join(person.label for person in others[:_LABELS_MAX])
        more = f" and {len(others) - _LABELS_MAX:,} more" if len(others) > _LABELS_MAX else ""
        raise UsageError(f"several people are called so; say which one you mean: {labels}{more}")
    return others[0]


def mute(conversation: Conversation, person: Person) -> None:
    """Hear nothing more of somebody, in whichever feed."""
    feeds = conversation.identity(person.feed).feeds
    conversation.change_desk(muted=tuple(dict.fromkeys((*conversation.desk.muted, *feeds))))


def unmute(conversation: Conversation, person: Person) -> None:
    """Hear somebody again."""
    feeds = conversation.identity(person.feed).feeds
    conversation.change_desk(muted=tuple(feed for feed in conversation.desk.muted if feed not in feeds))

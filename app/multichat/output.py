"""What the faces without a screen write, so that nothing in it can steer the terminal that shows it.

Owns the form of a line for a person and of one for a program. What stands in them is the faces'.
"""

import io
import json
import sys
from collections.abc import Mapping

from multichat.limits import LINE_LENGTH_MAX
from multichat.model.text import SafeText, sanitise_line


def as_line(said: object) -> SafeText:
    """What is said, on one line: errors and findings quote paths, arguments and what peers say."""
    return sanitise_line(str(said), LINE_LENGTH_MAX)


def as_json_line(fields: Mapping[str, object]) -> str:
    """An object of JSON, in ASCII without controls."""
    # The one control that JSON leaves as it is.
    return json.dumps(fields).replace("\x7f", "\\u007f")


def write_whatever_is_said() -> None:
    """Have signs that the terminal's encoding lacks written as something else, instead of ending the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")

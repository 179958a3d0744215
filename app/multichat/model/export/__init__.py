"""What has been said, as text to keep: for people to read, or for programs to check. Pure.

Each form is a module: `plain_text`, `markdown`, `web_page` and `jsonl`. Where it goes is the caller's.
"""

from typing import Final

# What they are called, as an argument and at the end of a file's name.
FORMATS: Final = ("jsonl", "md", "html", "txt")

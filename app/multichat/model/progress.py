"""How far one has come with what others have said before. Pure.

Owns the count of what has come. Knows neither who sends nor how it is shown: it is told how much is missing.
"""


class Progress:
    """Of one time of catching up; the next begins when nothing has been missing."""

    def __init__(self) -> None:
        self.come = 0
        self.missing = 0

    def told(self, missing: int) -> None:
        """So much is missing now. It may be more than before: others go on talking, and more of them are heard of."""
        self.come = self.come + max(self.missing - missing, 0) if missing else 0
        self.missing = missing

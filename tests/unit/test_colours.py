import pytest
from textual.color import Color
from textual.theme import Theme

from multichat.themes import DARK, LIGHT
from multichat.widgets.colours import person_colour
from tests.helpers.fake_conversation import feed_of

FEEDS = [feed_of(f"person {number}") for number in range(500)]


def test_a_feed_keeps_its_colour() -> None:
    assert person_colour(feed_of("alice"), dark=True) == person_colour(feed_of("alice"), dark=True)


def test_people_have_many_colours() -> None:
    assert len({person_colour(feed, dark=True) for feed in FEEDS}) >= 30


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    channels = [channel / 255 for channel in Color.parse(colour).rgb]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_every_name_can_be_read(theme: Theme) -> None:
    for background in (str(theme.background), str(theme.surface)):
        assert min(contrast(person_colour(feed, dark=theme.dark), background) for feed in FEEDS) >= 4.5

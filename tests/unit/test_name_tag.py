"""What gives way of a name for which there is little space."""

import pytest
from rich.style import Style

from multichat.model.callings import Calling
from multichat.model.text import SafeText
from multichat.widgets.name_tag import NameStyles, name_segments, tag_width

_STYLES = NameStyles(Style(bold=True), Style(dim=True), Style(color="green"))
_ALICE = Calling(SafeText("alice"), "\u00b73f9a", is_checked=True)


def _parts(calling: Calling, width: int) -> list[str]:
    return [segment.text for segment in name_segments(calling, width, _STYLES)]


@pytest.mark.parametrize(
    ("width", "parts"),
    [
        (16, ["alice", "\u00b73f9a", "\u2713"]),
        (11, ["alice", "\u00b73f9a", "\u2713"]),
        (10, ["ali\u2026", "\u00b73f9a", "\u2713"]),
        (9, ["al\u2026", "\u00b73f9a", "\u2713"]),
        (8, ["al\u2026", "\u00b73f9a"]),
        (6, ["\u2026", "\u00b73f9a"]),
        (5, ["\u00b73f9a"]),
        (3, ["f9a"]),
    ],
)
def test_the_last_digits_stay_longest(width: int, parts: list[str]) -> None:
    assert _parts(_ALICE, width) == parts


def test_a_name_alone_has_all_the_space() -> None:
    assert _parts(Calling(SafeText("alice")), 5) == ["alice"]
    assert _parts(Calling(SafeText("\u5c71\u7530\u592a\u90ce"), is_checked=True), 8) == [
        "\u5c71\u7530\u592a\u2026",
        "\u2713",
    ]


def test_each_part_has_its_style_and_the_width_is_that_of_all() -> None:
    segments = name_segments(_ALICE, 20, _STYLES)
    assert [segment.style for segment in segments] == list(_STYLES)
    assert sum(segment.cell_length for segment in segments) == tag_width(_ALICE) == 11

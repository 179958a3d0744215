"""Pastes that wait while one goes on writing: each is inserted whole, once, and where it belongs."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from multichat.widgets.large_paste import Pastes

# Few letters, so that where something was typed cannot be told from the text alone.
_texts = st.text("ab", max_size=4)
_places = st.integers(0, 30)


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


class _Paste(NamedTuple):
    place: int


_steps = st.lists(st.builds(_Edit, _places, _places, _texts) | st.builds(_Paste, _places), max_size=20)


class _Naive:
    """The text with a mark where each paste belongs, character by character: what is typed at a mark goes behind it."""

    def __init__(self) -> None:
        self.cells: list[str | int] = []

    @property
    def written(self) -> str:
        return "".join(cell for cell in self.cells if isinstance(cell, str))

    def paste(self, number: int, place: int) -> None:
        self.cells.insert(self._behind(place), number)

    def edit(self, start: int, end: int, text: str) -> None:
        first, last = self._behind(start), self._behind(end)
        marks = [cell for cell in self.cells[first:last] if isinstance(cell, int)]
        # What was put inside of what goes away stays where that began, and what stands there now is behind it.
        inside = [mark for mark in marks if not self._is_at(mark, end)]
        self.cells[first:last] = [*inside, *text, *(mark for mark in marks if mark not in inside)]

    def text(self, pastes: list[str]) -> str:
        return "".join(cell if isinstance(cell, str) else pastes[cell] for cell in self.cells)

    def _behind(self, place: int) -> int:
        """The first cell behind `place` characters and the marks there."""
        seen = 0
        for index, cell in enumerate(self.cells):
            if isinstance(cell, str):
                if seen == place:
                    return index
                seen += 1
        return len(self.cells)

    def _is_at(self, mark: int, place: int) -> bool:
        return len([cell for cell in self.cells[: self.cells.index(mark)] if isinstance(cell, str)]) == place


def _inserted(pastes: Pastes, written: str) -> str:
    for paste in reversed(pastes.take()):
        written = written[: paste.place] + paste.text + written[paste.place :]
    return written


@given(_steps)
def test_every_paste_stands_where_a_mark_in_the_text_would_be(steps: list[_Edit | _Paste]) -> None:
    pastes, naive, texts = Pastes(), _Naive(), list[str]()
    for step in steps:
        written = naive.written
        if isinstance(step, _Paste):
            place = min(step.place, len(written))
            texts.append(f"<{len(texts)}>")
            pastes.add(texts[-1], place, written)
            naive.paste(len(texts) - 1, place)
        else:
            start, end = sorted(min(place, len(written)) for place in step[:2])
            pastes.edited(start, end, step.text)
            naive.edit(start, end, step.text)
    assert _inserted(pastes, naive.written) == naive.text(texts)


@given(st.lists(st.one_of(_texts, st.integers(0, 9)), max_size=20), st.booleans())
def test_what_is_typed_and_pasted_one_after_the_other_is_there_in_that_order(
    steps: list[str | int],
    is_told: bool,  # noqa: FBT001 (a parameter)
) -> None:
    """Whether the edits are told, or only what is written after each."""
    pastes, written, expected = Pastes(), "", ""
    for step in steps:
        if isinstance(step, int):
            pastes.add(f"<{step}>", len(written), written)
            expected += f"<{step}>"
        else:
            if is_told:
                pastes.edited(len(written), len(written), step)
            written += step
            pastes.follow(written)
            expected += step
    assert _inserted(pastes, written) == expected


@given(_texts, _texts, _texts, _texts)
def test_a_change_that_is_not_told_is_found_in_the_text(before: str, gone: str, come: str, after: str) -> None:
    pastes = Pastes()
    pastes.add("<start>", 0, before + gone + after)
    pastes.add("<end>", len(before + gone + after), before + gone + after)
    pastes.follow(before + come + after)
    inserted = _inserted(pastes, before + come + after)
    assert inserted.replace("<start>", "").replace("<end>", "") == before + come + after
    assert inserted.startswith("<start>")

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.limits import LINE_LENGTH_MAX
from multichat.output import as_json_line, as_line, write_whatever_is_said
from tests.helpers.hostile_texts import HARMLESS, SEQUENCES

TEXTS = st.lists(st.sampled_from(SEQUENCES) | st.sampled_from(HARMLESS) | st.text(max_size=3), max_size=9).map("".join)


@given(TEXTS)
def test_what_is_said_is_one_line_that_steers_nothing(text: str) -> None:
    said = as_line(ValueError(text))
    assert not {unicodedata.category(character) for character in said} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(said) <= LINE_LENGTH_MAX + 2


@given(TEXTS)
def test_a_line_of_json_is_printable_ascii_and_tells_exactly_what_it_was_given(text: str) -> None:
    line = as_json_line({"text": text, "other": text + "\x7f"})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text, "other": text + "\x7f"}


def test_signs_that_the_encoding_of_the_output_lacks_do_not_end_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1", write_through=True))
    write_whatever_is_said()
    sys.stdout.write("ü \N{WATCH}\n")
    assert written.getvalue() == b"\xfc ?\n"

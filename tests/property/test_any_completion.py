from hypothesis import given
from hypothesis import strategies as st

from multichat.model.commands import COMMANDS
from multichat.model.completion import Kind, complete, finished_shortcode, usage_at
from multichat.model.text import sanitise_line

# Whatever one may type, and often what means something here.
_pieces = st.one_of(
    st.sampled_from(
        ["/", "/co", "@", "@b", ":", ":th", ":thumbsup:", " ", "\n", "http://", "bob", "[b]", "(", "דוד", "👍"]
    ),
    st.text(max_size=5),
    st.text(st.characters(), max_size=3),
)
texts = st.lists(_pieces, max_size=8).map("".join)
names = st.lists(st.one_of(st.sampled_from(["bob", "דוד", "[b]eve"]), st.text(max_size=8)), max_size=6)


@given(texts, st.data(), names)
def test_any_text_is_completed_at_the_cursor_and_nowhere_else(
    text: str, data: st.DataObject, nicknames: list[str]
) -> None:
    cursor, is_asked = data.draw(st.integers(0, len(text))), data.draw(st.booleans())
    safe = [sanitise_line(nickname, 32) for nickname in nicknames]
    found = complete(text, cursor, commands=COMMANDS, nicknames=safe, is_asked=is_asked)
    if found is None:
        return
    assert 0 <= found.start <= found.end == cursor
    assert found.candidates
    for candidate in found.candidates:
        applied = text[: found.start] + candidate.insert + text[found.end :]
        assert applied.startswith(text[: found.start])
        assert applied.endswith(text[cursor:])
        assert "\n" not in candidate.insert + candidate.label + candidate.note
    if found.kind is Kind.COMMAND:
        assert found.start == 0


@given(texts, st.data())
def test_a_finished_shortcode_ends_at_the_cursor(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    found = finished_shortcode(text, cursor)
    if found is not None:
        assert text[found[0]] == text[cursor - 1] == ":"
        assert "\n" not in text[found[0] : cursor]


@given(texts, st.data())
def test_a_usage_is_that_of_the_command_written(text: str, data: st.DataObject) -> None:
    command = usage_at(text, data.draw(st.integers(0, len(text))), COMMANDS)
    if command is not None:
        assert text.lower().startswith(f"/{command.name}")

"""What stands out in a text."""

import pytest

from multichat.model.spans import links_in, mentions_of


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://example.org/a_(b), ok?", ["https://example.org/a_(b)"]),
        ("(http://example.org/x).", ["http://example.org/x"]),
        ("HTTPS://EXAMPLE.ORG", ["HTTPS://EXAMPLE.ORG"]),
        ("http://localhost:8000/x http://192.0.2.1:80/", ["http://localhost:8000/x", "http://192.0.2.1:80/"]),
        ("mailto:alice@example.org", ["mailto:alice@example.org"]),
        ("README.md example.org alice@example.org //example.org", []),
        ("javascript:alert(1) file:///etc/passwd ftp://example.org/ http:// https://", []),
        ("", []),
    ],
)
def test_links_are_what_names_its_scheme_and_can_be_opened(text: str, urls: list[str]) -> None:
    assert [link.url for link in links_in(text)] == urls
    assert [text[link.start : link.end] for link in links_in(text)] == urls


def test_of_a_flood_of_links_the_first_ones_are_links() -> None:
    assert len(links_in("http://example.org " * 800)) == 100


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("alice: hello", [(0, 5)]),
        ("hello @Alice!", [(6, 12)]),
        ("ALICE, alice", [(0, 5), (7, 12)]),
        ("malice alices alice_b alice2 alice-marie x@alice", []),
        ("alice's and (alice)", [(0, 5), (13, 18)]),
        ("alice-", [(0, 5)]),
    ],
)
def test_a_mention_is_a_whole_word(text: str, spans: list[tuple[int, int]]) -> None:
    assert list(mentions_of("alice", text)) == spans


def test_a_name_is_never_read_as_an_expression() -> None:
    assert mentions_of("a.c", "abc a.c") == ((4, 7),)
    assert mentions_of("(*", "what (* is") == ((5, 7),)
    assert mentions_of("山田", "山田さん 山田") == ((5, 7),)
    assert mentions_of("", "anything") == ()

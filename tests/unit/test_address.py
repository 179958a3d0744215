"""Where a link leads."""

# ruff: noqa: RUF001 (letters that look like others)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.model.address import address_of, host_of, is_plain
from multichat.model.spans import links_in
from multichat.model.text import sanitise_text, unisolated
from tests.helpers.hostile_texts import SEQUENCES


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c#d",
        "HTTP://EXAMPLE.ORG",
        "http://localhost:8000/",
        "http://[::1]:80/x",
        "mailto:alice@example.org",
    ],
)
def test_an_address_is_opened_as_it_is_written(address: str) -> None:
    assert address_of(address) == address
    assert is_plain(address)


@pytest.mark.parametrize(
    ("text", "address", "host"),
    [
        ("https://аррӏе.com/x", "https://xn--80ak6aa92e.com/x", "xn--80ak6aa92e.com"),
        ("https://Straße.de/ä?ö=ü", "https://xn--strae-oqa.de/%C3%A4?%C3%B6=%C3%BC", "xn--strae-oqa.de"),
        ("http://例え.テスト:8080/", "http://xn--r8jz45g.xn--zckzah:8080/", "xn--r8jz45g.xn--zckzah"),
        ("https://xn--80ak6aa92e.com/", "https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
        ("https://google.com@example.org/", "https://google.com@example.org/", "example.org"),
        ("https://google.com:80@example.org/", "https://google.com:80@example.org/", "example.org"),
        ("https://exa%6dple.org/", "https://exa%6dple.org/", "exa%6dple.org"),
    ],
)
def test_one_that_hides_where_it_leads_is_written_so_that_it_shows(text: str, address: str, host: str) -> None:
    assert address_of(text) == address
    assert address.isascii()
    assert not is_plain(address)
    assert host_of(address) == host


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/",
        "data:text/html,x",
        "http:",
        "http:///path",
        "https://google.com\\@example.org/",
        "https://google.com\u2044@example.org/",
        "https://example\u3002org/",
        "https://exa\ufffdmple.org/",
        "https://example.org" + "/x" * 2_000,
        "https://[::1/",
        "https://a..b/",
        "https://☃.example/",
        "",
    ],
)
def test_what_is_read_differently_by_others_is_no_address(text: str) -> None:
    assert address_of(text) is None


@given(
    st.lists(
        st.sampled_from([*"/?#@:[]%\\;,.a", "é", "http://", "//", *SEQUENCES[::50]]) | st.text(max_size=3), max_size=12
    )
)
def test_an_address_ends_no_sequence_in_which_it_stands(parts: list[str]) -> None:
    text = unisolated(sanitise_text("https://example.org/" + "".join(parts), 3_000))
    for link in links_in(text):
        assert link.url.isascii()
        assert link.url.isprintable()
        assert " " not in link.url
        assert address_of(link.url) == link.url

"""core/SECURITY.md claims nothing for which there is no test, and `README.md` and `CONTRIBUTING.md` lead to it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

_ROOT: Final = Path(__file__).parents[2]
_TEXT: Final = (_ROOT / "core" / "SECURITY.md").read_text(encoding="utf-8")

_ATTACKERS: Final = ("An outsider on the network", "An insider of the room", "A stolen disk", "A malicious peer")
_CANNOT, _CAN = "What they cannot do", "What they can do"

# A file of tests, or a function in one, between backticks.
_CITED: Final = re.compile(r"`(tests/[^`]*?\.py)(?:::([^`]*))?`")
# Whatever looks as if it were meant for one.
_MEANT: Final = re.compile(r"`[^`]*(?:\btest_|::)[^`]*`")


class Claim(NamedTuple):
    """What is said to be so, of which attacker, and the tests that are cited for it, each as (path, function)."""

    attacker: str
    kind: str
    text: str
    tests: tuple[tuple[str, str], ...]


def _sections(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """The headings of one depth, without their numbers, and what stands below each."""
    for section in re.split(rf"^{mark} ", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = section.partition("\n")
        yield heading.lstrip("0123456789. "), rest


def _claims() -> Iterator[Claim]:
    for attacker, section in _sections(_TEXT, "##"):
        for kind, items in _sections(section, "###"):
            for item in re.split(r"^- ", items, flags=re.MULTILINE)[1:]:
                tests = tuple((path, function) for path, function in _CITED.findall(item))
                yield Claim(attacker, kind, " ".join(_CITED.sub("", item).split()), tests)


_CLAIMS: Final = tuple(_claims())
_IMPOSSIBLE: Final = tuple(claim for claim in _CLAIMS if claim.kind == _CANNOT)
_ALL_CITED: Final = sorted({(path, function) for path, function in _CITED.findall(_TEXT)})


@cache
def _functions(path: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests in a file."""
    nodes = ast.parse((_ROOT / path).read_text(encoding="utf-8")).body
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("path", "function"), _ALL_CITED, ids="::".join)
def test_a_test_that_is_cited_is_there_and_is_not_expected_to_fail(path: str, function: str) -> None:
    assert (_ROOT / path).is_file()
    if function:
        marks = [ast.unparse(mark) for mark in _functions(path)[function].decorator_list]
        assert not [mark for mark in marks if "xfail" in mark or "mark.skip(" in mark]
        assert function.startswith("test_")


def test_whatever_looks_like_a_test_is_cited_as_one() -> None:
    assert [meant for meant in _MEANT.findall(_TEXT) if not _CITED.fullmatch(meant)] == []


@pytest.mark.parametrize("claim", _IMPOSSIBLE, ids=lambda claim: claim.text[:60])
def test_what_is_said_to_be_impossible_is_tried_by_a_test(claim: Claim) -> None:
    assert any(function for _, function in claim.tests), claim.text


@pytest.mark.parametrize("attacker", _ATTACKERS)
@pytest.mark.parametrize("kind", [_CANNOT, _CAN])
def test_of_each_attacker_it_is_said_what_they_can_and_cannot_do(attacker: str, kind: str) -> None:
    assert [claim for claim in _CLAIMS if (claim.attacker, claim.kind) == (attacker, kind)]


def test_there_are_no_other_attackers_and_what_is_not_defended_against_is_said() -> None:
    headings = [heading for heading, _ in _sections(_TEXT, "##")]
    assert headings == [*_ATTACKERS, "What is not defended against"]
    last = dict(_sections(_TEXT, "##"))[headings[-1]]
    assert len(re.findall(r"^- \*\*", last, flags=re.MULTILINE)) > 10


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_whoever_reads_about_the_program_is_led_there(name: str) -> None:
    assert "core/SECURITY.md" in (_ROOT / name).read_text(encoding="utf-8")

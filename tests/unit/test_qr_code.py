"""An invite as a QR code: what is drawn is what a camera is to see."""

import pytest
import segno

from multichat.model.invite import Invite
from multichat.model.qr_code import QUIET_ZONES, Modules, drawn, modules_of

# What each character shows above and below: True where it is dark.
BLOCKS = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


def _seen(lines: list[str]) -> list[list[bool]]:
    """The modules that somebody sees who looks at these lines."""
    return [[BLOCKS[character][half] for character in line] for line in lines for half in (0, 1)]


def _inside(modules: list[list[bool]], quiet: int, size: int) -> list[list[bool]]:
    return [row[quiet : quiet + size] for row in modules[quiet : quiet + size]]


def _is_light(modules: list[list[bool]], quiet: int, size: int) -> bool:
    rows = [*modules[:quiet], *modules[quiet + size :]]
    sides = [row[:quiet] + row[quiet + size :] for row in modules]
    return not any(any(row) for row in [*rows, *sides])


@pytest.mark.parametrize("quiet", QUIET_ZONES)
@pytest.mark.parametrize("name", ["garden", "Ana María", "日本" * 32])
def test_what_is_drawn_is_the_code_in_a_light_margin(name: str, quiet: int) -> None:
    modules = _modules(Invite(name, bytes(range(32))))
    lines = drawn(modules, quiet)
    assert len({len(line) for line in lines}) == 1
    seen = _seen(lines)
    assert _inside(seen, quiet, len(modules)) == modules
    assert _is_light(seen, quiet, len(modules))


def test_both_parts_are_in_it_one_after_the_other_and_take_less_space_than_as_one() -> None:
    invite = Invite("garden", bytes(range(32)))
    code = segno.make_qr([invite.address, invite.letters])  # type: ignore[arg-type]  # its stubs know one part only
    assert _modules(invite) == [[bool(module) for module in row] for row in code.matrix]
    # The second part is in the mode for digits and capitals, the first, with small letters, is in bytes.
    assert code.mode is None
    assert len(_modules(invite)) == 33
    assert segno.make_qr(invite.text).symbol_size(border=0) == (37, 37)


def test_a_row_too_many_for_pairs_stands_above_a_light_one() -> None:
    assert drawn([[True, True, False]] * 3, 0) == ["██ ", "▀▀ "]


def _modules(invite: Invite) -> Modules:
    return modules_of(invite.address, invite.letters)

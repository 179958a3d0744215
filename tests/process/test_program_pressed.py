"""A running program under pressure: honest people go on, newcomers get in, and what it costs is bounded."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.helpers.attackers import ELSEWHERE, Attack, Cost, attacked, overheard
from tests.helpers.program import Program, Programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process costs is read as Linux tells it")

SEED = 1
# One for each of the honest who come, and a few more.
ERROR_LINES_MAX = 20
GROWTH_MAX_MB = 20.0


def test_a_flood_of_junk_at_the_discovery_port(programs: Programs) -> None:
    print(f"seed {SEED}")
    with overheard(programs.room) as next_beacon:
        alice, bob = programs.connected()
        beacon = next_beacon()
    with _bounded(alice), attacked("datagrams", per_s=5_000, total=10_000, seed=SEED, beacon=beacon) as attack:
        _go_on_and_let_a_newcomer_in(programs, alice, bob, attack)


def test_a_crowd_that_connects_and_says_nothing(programs: Programs) -> None:
    alice, bob = programs.connected()
    with _bounded(alice), attacked("silence", port=alice.port, count=300, per_s=300, total=600) as attack:
        _go_on_and_let_a_newcomer_in(programs, alice, bob, attack)


def test_a_crowd_that_shakes_hands_a_byte_at_a_time(programs: Programs) -> None:
    print(f"seed {SEED}")
    alice, bob = programs.connected()
    with _bounded(alice), attacked("drip", port=alice.port, count=100, per_s=300, total=600, seed=SEED) as attack:
        _go_on_and_let_a_newcomer_in(programs, alice, bob, attack)


def test_members_without_end_who_leave_at_once(programs: Programs) -> None:
    alice, bob = programs.connected()
    with (
        _bounded(alice),
        attacked("handshakes", port=alice.port, room=programs.room, keeps=False, total=500, source=ELSEWHERE) as attack,
    ):
        _go_on_and_let_a_newcomer_in(programs, alice, bob, attack)


def test_members_without_end_who_stay(programs: Programs) -> None:
    alice, bob = programs.connected()
    with (
        _bounded(alice),
        attacked("handshakes", port=alice.port, room=programs.room, keeps=True, total=500, source=ELSEWHERE) as attack,
    ):
        _go_on_and_let_a_newcomer_in(programs, alice, bob, attack)


@contextmanager
def _bounded(victim: Program) -> Iterator[None]:
    """What the victim says on stderr meanwhile, and takes in memory, is bounded."""
    # Working out the room's key from its name takes more memory than anything later.
    Cost.forget_peak(victim.pid)
    before, lines = Cost.of(victim.pid), len(victim.err)
    yield
    growth_mb = Cost.of(victim.pid).peak_mb - before.memory_mb
    assert growth_mb < GROWTH_MAX_MB, f"{growth_mb:.1f} MB more than before"
    said = victim.err[lines:]
    assert len(said) <= ERROR_LINES_MAX, f"{len(said)} lines on stderr, the last of them {said[-3:]}"


def _go_on_and_let_a_newcomer_in(programs: Programs, alice: Program, bob: Program, attack: Attack) -> None:
    """Talk for as long as the attack lasts, a newcomer too, and once more when it is over."""
    alice.send("alice goes on")
    bob.send("so does bob")
    carol = programs.start("carol", "--json")
    carol.send("and here is carol")
    for program in (alice, bob, carol):
        program.wait_for_texts("alice goes on", "so does bob", "and here is carol")
    assert attack.done()["events"] > 0
    alice.send("alice is still there")
    for program in (bob, carol):
        program.wait_for_texts("alice is still there")
    for program in (carol, bob):
        assert program.interrupt() == 0

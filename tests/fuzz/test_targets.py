"""Every target with what is near real inputs, and with anything: nothing but a RemoteError ever comes out."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import seeds
from tests.fuzz.targets import TARGETS

# Scripts and wires are whole links; the others are one call or a handshake.
_EXAMPLES = {"dialogue": 300, "wire": 100, "insider": 200}
_EXAMPLES_OF_OTHERS = 500


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_a_remote_error_comes_of_a_real_input(name: str) -> None:
    for data in seeds(name):
        TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_a_remote_error_comes_of_a_changed_input(name: str) -> None:
    target, others = TARGETS[name], seeds(name)

    # A seed and not Hypothesis's own random numbers: those prefer small ones, and half of the changes would be equal.
    @settings(max_examples=_EXAMPLES.get(name, _EXAMPLES_OF_OTHERS), derandomize=True)
    @given(st.sampled_from(others), st.integers(0, (1 << 32) - 1), st.integers(1, 4))
    def check(data: bytes, seed: int, changes: int) -> None:
        rng = Random(seed)
        for _ in range(changes):
            data = target.changed(rng, data, others)
        target.run(data[: target.length_max_bytes])

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_a_remote_error_comes_of_anything(name: str) -> None:
    @settings(max_examples=100, derandomize=True)
    @given(st.binary(max_size=300))
    def check(data: bytes) -> None:
        TARGETS[name].run(data)

    check()

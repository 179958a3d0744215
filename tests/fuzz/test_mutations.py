"""Changes to inputs: made again by the same seed, and such that the input is often still of its kind."""

from random import Random

import cbor2
import pytest

from multifeed.errors import MessageError
from multifeed.protocol import messages
from tests.fuzz.corpus import seeds
from tests.fuzz.mutations import changed_cbor, changed_script
from tests.fuzz.script import unpack
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_the_same_seed_makes_the_same_change(name: str) -> None:
    changed, others = TARGETS[name].changed, seeds(name)
    for seed in range(50):
        data = others[seed % len(others)]
        assert changed(Random(seed), data, others) == changed(Random(seed), data, others)


def test_a_changed_message_is_now_and_then_another_message_and_mostly_none() -> None:
    others = seeds("message")
    changed = {changed_cbor(Random(seed), others[seed % len(others)], others) for seed in range(1_000)}
    read = sum(map(_is_message, changed - set(others)))
    assert 50 < read < len(changed) // 2


def _is_message(data: bytes) -> bool:
    try:
        messages.decode(data)
    except MessageError:
        return False
    return True


def test_a_change_inside_a_value_leaves_the_rest_of_it_as_it_was() -> None:
    value = [4, [[0, b"k" * 32, 6, b"t" * 32, None, False]]]
    data = cbor2.dumps(value, canonical=True)
    changed = [changed_cbor(Random(seed), data, [data]) for seed in range(200)]
    assert sum(b"k" * 32 in other and b"t" * 32 in other for other in changed) > 100


def test_a_changed_script_mostly_keeps_most_of_its_steps() -> None:
    others = seeds("dialogue")
    kept = 0
    for seed in range(200):
        data = others[seed % len(others)]
        before, after = set(unpack(data).steps), set(unpack(changed_script(Random(seed), data, others)).steps)
        kept += len(before & after) * 2 >= len(before)
    assert kept > 100

"""The corpus: exchanges cover the protocol, and what is said again does what it did."""

from typing import get_args

import pytest

from multifeed.protocol import messages
from multifeed.protocol.framing import FrameDecoder, frame
from tests.fuzz.corpus import seeds
from tests.fuzz.exchanges import NAMES, exchange, exchanges
from tests.fuzz.insider import signed_message
from tests.fuzz.play import play_script, subject
from tests.fuzz.script import Kind, pack, unpack
from tests.fuzz.targets import TARGETS


def test_every_kind_of_message_comes_to_the_subject_in_some_exchange() -> None:
    said = {
        type(messages.decode(step.payload))
        for recorded in exchanges()
        for step in recorded.steps
        if step.kind == Kind.MESSAGE
    }
    assert said == set(get_args(messages.AnyMessage))


@pytest.mark.parametrize("name", NAMES)
def test_an_exchange_said_again_leaves_the_subject_with_what_it_held(name: str) -> None:
    recorded = exchange(name)
    with subject(initiator=recorded.initiator) as running:
        play_script(running, recorded.script)
        assert running.replica.heads.root() == recorded.root


# In the others the subject writes, which no bytes say.
@pytest.mark.parametrize("name", [name for name in NAMES if "talk" not in name])
def test_the_bytes_of_an_exchange_do_what_they_did(name: str) -> None:
    recorded = exchange(name)
    with subject(initiator=recorded.initiator) as running:
        for payload in FrameDecoder().receive(recorded.wire):
            running.receive(frame(payload))
        assert running.replica.heads.root() == recorded.root


def test_a_script_comes_back_from_its_bytes() -> None:
    for recorded in exchanges():
        flags, steps = unpack(recorded.script)
        assert pack(flags, steps) == recorded.script
        assert steps == recorded.steps


@pytest.mark.parametrize("what", range(4))
def test_an_insider_says_nothing_that_is_not_a_message(what: int) -> None:
    for which in range(10):
        message = signed_message(bytes([what, which, 9, 1, 2, 3, 4]))
        assert messages.decode(messages.encode(message)) == message


def test_every_target_has_something_to_begin_with() -> None:
    for name, target in TARGETS.items():
        assert all(len(data) <= target.length_max_bytes for data in seeds(name))
        assert seeds(name)

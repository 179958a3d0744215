"""What the JavaScript packages computed, against ours; tests/interop/record.js writes it."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from multifeed.hypercore9 import bitfield, digest, messages
from multifeed.hypercore9.handshake import Secrets
from multifeed.merkle import Node
from multifeed.ranges import RangeSet

_RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "hypercore9-wire.json").read_text())
_SAMPLES: list[dict[str, Any]] = _RECORDED["samples"]
_SNAKE = {"discoveryKey": "discovery_key"}


def _value(recorded: Any) -> Any:  # noqa: ANN401 (what JSON can be)
    if isinstance(recorded, dict) and "hex" in recorded:
        return bytes.fromhex(recorded["hex"])
    if isinstance(recorded, dict) and "size" in recorded:
        return Node(recorded["index"], bytes.fromhex(recorded["hash"]["hex"]), recorded["size"])
    return tuple(map(_value, recorded)) if isinstance(recorded, list) else recorded


def _message(sample: dict[str, Any]) -> messages.Message:
    values = {_SNAKE.get(name, name): _value(value) for name, value in sample["value"].items()}
    message: messages.Message = getattr(messages, sample["name"])(**values)
    return message


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["encoded"][:24] or "empty")
def test_what_they_encode_we_read_as_they_meant_it(sample: dict[str, Any]) -> None:
    message = _message(sample)
    number = list(messages.NUMBERS).index(type(message))

    assert messages.decode(number, bytes.fromhex(sample["encoded"])) == message


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["encoded"][:24] or "empty")
def test_what_we_encode_differs_from_theirs_only_in_fields_that_say_what_is_so_anyway(sample: dict[str, Any]) -> None:
    message = _message(sample)
    _, encoded = messages.encode(message)
    defaults = {field.name: field.default for field in fields(message)}
    names_a_default = any(defaults[name] == value for name, value in asdict(message).items() if value is not None)

    assert encoded == bytes.fromhex(sample["encoded"]) or names_a_default


@pytest.mark.parametrize("sample", _RECORDED["bitfields"], ids=lambda sample: f"{len(sample['held'])} blocks")
def test_bitfields_are_read_and_written_so_that_both_sides_mean_the_same(sample: dict[str, Any]) -> None:
    held = RangeSet((seq, seq + 1) for seq in sample["held"])

    assert RangeSet(bitfield.decode(bytes.fromhex(sample["coded"]), 0)) == held
    assert RangeSet(bitfield.decode(bitfield.encode(held, 0, 4096), 0)) == held


def test_an_answer_has_the_nodes_that_theirs_has() -> None:
    for answer in _RECORDED["answers"]:
        indexes, is_signed = digest.answer_indexes(answer["seq"], answer["digest"], answer["length"], with_hash=False)
        assert (indexes, is_signed) == (answer["nodes"], answer["signed"]), answer


def test_whoever_asks_for_the_block_behind_its_head_says_what_they_say() -> None:
    assert [digest.following(one["length"]) for one in _RECORDED["following"]] == [
        one["digest"] for one in _RECORDED["following"]
    ]


def test_capabilities_are_theirs() -> None:
    recorded = _value_tree(_RECORDED["capability"])
    secrets = Secrets(recorded["split"]["tx"], recorded["split"]["rx"], b"", b"")

    assert secrets.capability(recorded["key"]) == recorded["capability"]
    assert secrets.remote_capability(recorded["key"]) == recorded["remote"]


def _value_tree(recorded: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _value_tree(value) if isinstance(value, dict) and "hex" not in value else _value(value)
        for name, value in recorded.items()
    }

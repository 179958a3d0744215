"""A key as words, for two people who compare theirs by reading them aloud.

Owns which words stand for a key: those of BIP 39, of which no two begin with the same four letters. The last one
carries a checksum.
"""

from functools import lru_cache


@lru_cache(maxsize=64)
def words_of(key: bytes) -> tuple[str, ...]:
    """The 24 words for a key of 32 bytes."""
    # Few ever look at a key: its list of words is read when somebody does.
    from mnemonic import Mnemonic  # noqa: PLC0415

    return tuple(Mnemonic("english").to_mnemonic(key).split())

"""Who holds what one has written, against sets of seqs."""

from hypothesis import given
from hypothesis import strategies as st

from multichat.model.deliveries import Deliveries

_SEQ_MAX = 24
_PEOPLE_MAX = 3
_RUNS_MAX = 2

_people = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
_feeds = st.sampled_from([b"ours", b"ours too"])
_runs = st.lists(st.tuples(st.integers(0, _SEQ_MAX), st.integers(0, _SEQ_MAX)), max_size=5)
_words = st.lists(st.tuples(_people, _feeds, _runs), max_size=25)

_Holders = dict[tuple[bytes, int], set[bytes]]


class _Naive:
    """Remembers every word in full, and works out who holds what by reading all of them."""

    def __init__(self) -> None:
        self._said: list[tuple[bytes, bytes, set[int]]] = []

    def said(self, person: bytes, feed: bytes, runs: list[tuple[int, int]]) -> None:
        members = {seq for run in runs for seq in range(*run)}
        starts = sorted(seq for seq in members if seq - 1 not in members)
        newest = starts[-_RUNS_MAX:]
        kept = {seq for seq in members if newest and seq >= newest[0]}
        self._said = [word for word in self._said if word[:2] != (person, feed)]
        others = [word for word in self._said if word[0] == person]
        self._said = [word for word in self._said if word[0] != person]
        self._said += [*others, *([(person, feed, kept)] if kept else [])]
        people = list(dict.fromkeys(word[0] for word in self._said))
        if len(people) > _PEOPLE_MAX:
            self._said = [word for word in self._said if word[0] != people[0]]

    def holders(self) -> _Holders:
        return {
            (feed, seq): {person for person, of, members in self._said if of == feed and seq in members}
            for feed in (b"ours", b"ours too")
            for seq in range(_SEQ_MAX + 1)
        }


def _first_changes(before: _Holders, after: _Holders) -> dict[bytes, int]:
    changes: dict[bytes, int] = {}
    for (feed, seq), holders in after.items():
        if holders != before[feed, seq]:
            changes[feed] = min(changes.get(feed, seq), seq)
    return changes


@given(_words)
def test_those_hold_a_message_who_have_last_said_so_and_what_changes_is_told(
    words: list[tuple[bytes, bytes, list[tuple[int, int]]]],
) -> None:
    ours, naive = Deliveries(people_max=_PEOPLE_MAX, runs_max=_RUNS_MAX), _Naive()
    for word in words:
        before = naive.holders()
        changes = ours.said(*word)
        naive.said(*word)
        after = naive.holders()
        assert {place: set(ours.of(*place).holders) for place in after} == after
        assert changes == _first_changes(before, after)
    again = Deliveries(ours.words(), people_max=_PEOPLE_MAX, runs_max=_RUNS_MAX)
    assert again.words() == ours.words()

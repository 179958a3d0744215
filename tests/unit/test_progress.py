"""How much has come, from being told how much is missing."""

from hypothesis import given
from hypothesis import strategies as st

from multichat.model.progress import Progress


def test_what_is_no_longer_missing_has_come() -> None:
    progress = Progress()
    for missing, come in ((100, 0), (70, 30), (90, 30), (80, 40), (0, 0), (5, 0), (4, 1)):
        progress.told(missing)
        assert (progress.come, progress.missing) == (come, missing)


@given(st.lists(st.integers(1, 1_000), min_size=1))
def test_what_has_come_never_goes_back_and_with_what_is_missing_makes_all_that_was_ever_told(told: list[int]) -> None:
    progress = Progress()
    before, known = 0, 0
    for missing in told:
        known += max(missing - progress.missing, 0)
        progress.told(missing)
        assert progress.come >= before
        assert progress.come + progress.missing == known
        before = progress.come

from multichat.limits import RECALL_LENGTH_MAX, RECALL_MAX
from multichat.model.recall import Recall


def test_one_walks_from_the_newest_to_the_oldest_and_no_further() -> None:
    recall = Recall(["one", "two"])
    assert recall.older("") == "two"
    assert recall.older("two") == "one"
    assert recall.older("one") is None
    assert recall.newer("one") == "two"


def test_the_draft_comes_back_at_the_end() -> None:
    recall = Recall(["one"])
    assert recall.older("unfinished") == "one"
    assert recall.draft("one") == "unfinished"
    assert recall.newer("one") == "unfinished"
    assert recall.newer("unfinished") is None
    assert not recall.is_walking


def test_with_nothing_to_recall_there_is_no_walk() -> None:
    recall = Recall()
    assert recall.older("draft") is None
    assert recall.newer("draft") is None
    assert recall.draft("draft") == "draft"


def test_what_one_made_of_an_entry_is_there_when_one_comes_back_to_it() -> None:
    recall = Recall(["one", "two"])
    recall.older("")
    assert recall.draft("two, edited") == "two, edited"
    assert recall.older("two, edited") == "one"
    assert recall.newer("one") == "two, edited"
    assert recall.entries == ("one", "two")


def test_an_addition_ends_the_walk_and_drops_what_was_edited() -> None:
    recall = Recall(["one", "two"])
    recall.older("draft")
    recall.older("two, edited")
    recall.add("three")
    assert recall.older("") == "three"
    assert recall.older("three") == "two"


def test_the_same_text_twice_in_a_row_is_kept_once() -> None:
    recall = Recall(["one", "one", "two", "one"])
    recall.add("one")
    recall.add("")
    assert recall.entries == ("one", "two", "one")


def test_what_was_not_sent_is_forgotten_once() -> None:
    recall = Recall(["again", "one", "again", "two"])
    recall.forget("again")
    recall.forget("never said")
    assert recall.entries == ("again", "one", "two")
    assert recall.older("") == "two"


def test_the_oldest_are_dropped_beyond_a_count() -> None:
    recall = Recall(str(number) for number in range(RECALL_MAX + 5))
    assert len(recall.entries) == RECALL_MAX
    assert recall.entries[0] == "5"


def test_the_oldest_are_dropped_beyond_a_length() -> None:
    recall = Recall("ä" * 20_000 + str(number) for number in range(10))
    assert sum(map(len, recall.entries)) <= RECALL_LENGTH_MAX
    assert recall.entries[-1].endswith("9")
    assert len(recall.entries) == 3
    recall.forget(recall.entries[-1])
    recall.add("short")
    assert len(recall.entries) == 3


def test_a_text_larger_than_everything_is_not_kept() -> None:
    recall = Recall(["one", "x" * (RECALL_LENGTH_MAX + 1)])
    assert recall.entries == ()
    assert recall.older("") is None


def test_half_a_character_is_kept_as_it_is() -> None:
    assert Recall(["\ud83d"]).entries == ("\ud83d",)

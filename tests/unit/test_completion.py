import pytest

from multichat.limits import CANDIDATES_MAX
from multichat.model.commands import Command
from multichat.model.completion import Completion, Kind, complete, finished_shortcode, usage_at
from multichat.model.emoji import emoji_like, emoji_named
from multichat.model.text import is_harmless, sanitise_line

COMMANDS = (
    Command("help", "", "show what can be done"),
    Command("connect", "HOST[:PORT]", "connect to a peer by hand"),
    Command("me", "TEXT", "say what one does"),
    Command("members", "", "who is here"),
)
NICKNAMES = [sanitise_line(name, 32) for name in ("bob", "Bobby", "[red]eve[/]", "דוד", "山田 太郎", "bob", "Émile")]


def completion(written: str, *, is_asked: bool = False) -> Completion | None:
    """What is found at the bar in `written`."""
    before, _, after = written.partition("|")
    return complete(before + after, len(before), commands=COMMANDS, nicknames=NICKNAMES, is_asked=is_asked)


def becomes(written: str, *, is_asked: bool = False) -> list[str]:
    """What the whole text may become."""
    before, _, after = written.partition("|")
    found = completion(written, is_asked=is_asked)
    return [before[: found.start] + one.insert + after for one in found.candidates] if found else []


def test_a_command_is_completed_at_the_start_of_the_text() -> None:
    assert becomes("/co|") == ["/connect "]
    assert becomes("/HE|") == ["/help"]
    assert becomes("/|") == ["/help", "/connect ", "/me ", "/members"]
    assert becomes("/co| x") == ["/connect x"]


@pytest.mark.parametrize("text", ["//|", "//co|", " /co|", "a /co|", "a\n/co|", "/x|", "/co x|", "/c|o"])
def test_what_is_no_beginning_of_a_command_is_left_alone(text: str) -> None:
    assert becomes(text) == []


def test_a_command_that_stands_there_whole_is_known_as_such() -> None:
    found = completion("/me|")
    assert found is not None
    assert found.is_whole
    assert [one.label for one in found.candidates] == ["/me", "/members"]


def test_a_nickname_after_an_at_is_spoken_to_at_the_start_and_named_elsewhere() -> None:
    assert becomes("@bo|") == ["@bob: ", "@Bobby: "]
    assert becomes("hey @bo|") == ["hey @bob ", "hey @Bobby "]
    assert becomes("one\n@BOBB|") == ["one\n@Bobby "]
    assert becomes("了解@bobb|") == ["了解@Bobby "]
    assert becomes("(@é|)") == ["(@Émile )"]


def test_what_follows_a_nickname_is_not_put_there_twice() -> None:
    assert becomes("@bobb|: hi") == ["@Bobby: hi"]
    assert becomes("@bobb| hi") == ["@Bobby: hi"]
    assert becomes("a @bobb| hi") == ["a @Bobby hi"]


def test_a_nickname_may_hold_spaces_brackets_and_another_direction() -> None:
    assert becomes("a @山田 太|") == ["a @山田 太郎 "]
    assert becomes("a @[r|") == ["a @[red]eve[/] "]
    assert becomes("a @דו|") == ["a @דוד "]


@pytest.mark.parametrize("text", ["a@bo|", "@ bo|", "@zz|", "@bob hello|", "@b|ob"])
def test_what_is_no_beginning_of_a_nickname_is_left_alone(text: str) -> None:
    assert becomes(text) == []


def test_a_bare_word_becomes_a_nickname_only_if_one_asks() -> None:
    assert becomes("bobb|") == []
    assert becomes("bobb|", is_asked=True) == ["Bobby: "]
    assert becomes("a b|", is_asked=True) == ["a bob ", "a Bobby "]
    assert becomes("a (bobb|)", is_asked=True) == ["a (Bobby )"]
    assert becomes("[re|", is_asked=True) == ["[red]eve[/]: "]
    assert becomes("a |", is_asked=True) == []
    assert becomes("(|", is_asked=True) == []


def test_no_more_candidates_than_anybody_looks_through() -> None:
    nicknames = [f"guest {number}" for number in range(1_000)]
    found = complete("@gu", 3, commands=(), nicknames=nicknames)
    assert found is not None
    assert len(found.candidates) == CANDIDATES_MAX


def test_an_emoji_is_found_by_two_letters_of_its_name() -> None:
    found = completion("fine :thum|")
    assert found is not None
    assert found.kind is Kind.EMOJI
    assert (found.candidates[0].insert, found.candidates[0].note) == ("👍", ":thumbsup:")
    assert becomes(":t|") == []
    assert "📺" in becomes(":t|", is_asked=True)
    assert becomes("👍:+1|") == ["👍👍"]


@pytest.mark.parametrize(
    "text", ["http://x:th|", "http://x/(:th|", "www.x/':th|", "10:30|", "a::th|", "std:th|", ": th|"]
)
def test_no_emoji_in_an_address_a_time_or_a_word(text: str) -> None:
    assert becomes(text) == []


@pytest.mark.parametrize(
    ("text", "emoji"),
    [(":thumbsup:", "👍"), ("a :+1:", "👍"), ("(:TADA:", "🎉"), ("👍:tada:", "🎉"), ("了解:tada:", "🎉")],
)
def test_a_finished_shortcode_is_an_emoji(text: str, emoji: str) -> None:
    found = finished_shortcode(text, len(text))
    assert found is not None
    assert found[1] == emoji
    assert text[found[0]] == ":"


@pytest.mark.parametrize("text", ["10:30:45:", "http://x:y:", "http://x/':x:", "a:x:", ":nosuchthing:", "::", "x", ""])
def test_what_is_no_shortcode_stays(text: str) -> None:
    assert finished_shortcode(text, len(text)) is None


def test_every_emoji_offered_is_shown_as_it_is() -> None:
    offered = [emoji for letter in "abcdefghijklmnopqrstuvwxyz" for _, emoji in emoji_like(letter, 10_000)]
    assert len(offered) > 1_000
    assert all(map(is_harmless, offered))


def test_an_emoji_is_offered_once_and_plain_before_the_colours_of_a_skin() -> None:
    names = [name for name, _ in emoji_like("wav", 50)]
    assert names[0] == "wave"
    emoji = [emoji for _, emoji in emoji_like("hand", 500)]
    assert len(set(emoji)) == len(emoji)
    tones = [f"{'skin_tone' in name:d}" for name, _ in emoji_like("hand", 500)]
    assert tones == sorted(tones)
    assert emoji_named("Wave") == "👋"
    assert emoji_named("no such") is None


def test_the_usage_of_a_command_is_known_once_its_name_is_written() -> None:
    connect = COMMANDS[1]
    assert usage_at("/connect", 8, COMMANDS) == connect
    assert usage_at("/Connect 192", 12, COMMANDS) == connect
    assert usage_at("/connect 192", 3, COMMANDS) is None
    assert usage_at("/conn", 5, COMMANDS) is None
    assert usage_at("//connect", 9, COMMANDS) is None
    assert usage_at("connect", 7, COMMANDS) is None
    assert usage_at("/", 1, COMMANDS) is None
    assert usage_at("", 0, COMMANDS) is None

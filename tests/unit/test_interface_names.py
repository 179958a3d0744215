"""People who are called the same, on the screen: told apart everywhere, their keys shown and checked."""

from pathlib import Path

from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from multichat.model.key_words import words_of
from multichat.model.text import SafeText
from multichat.widgets.completions import Completions
from multichat.widgets.people_panel import PeoplePanel
from multichat.widgets.room_header import RoomHeader
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.screen import MINUTE_MS, composer, noticed, open_app, settle, shown, wait_for

_BOB, _OTHER = feed_of("bob"), feed_of("the other bob")
_BOB_LABEL, _OTHER_LABEL = f"bob\u00b7{_BOB.hex()[:4]}", f"bob\u00b7{_OTHER.hex()[:4]}"


def _two_bobs() -> FakeConversation:
    conversation = FakeConversation(
        [
            said("bob", "by one", NINE_O_CLOCK_MS),
            said("bob", "by the other", NINE_O_CLOCK_MS + MINUTE_MS, 1, feed=_OTHER),
            said("eve", "by eve", NINE_O_CLOCK_MS + 2 * MINUTE_MS, 2),
        ]
    )
    conversation.know(person("bob"), person("bob", feed=_OTHER), person("eve"))
    return conversation


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).insert(text)
    await pilot.press("enter")
    await settle(pilot)


def _panel(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#content", Static).render())


def _list(pilot: Pilot[int]) -> str:
    panel = pilot.app.screen.query_one(PeoplePanel)
    return "\n".join(panel.render_line(y).text.rstrip() for y in range(panel.size.height))


async def test_in_the_conversation_and_in_the_list_two_of_one_name_are_told_apart_and_nobody_else() -> None:
    async with open_app(_two_bobs(), size=(124, 30)) as pilot:
        lines = shown(pilot)
        assert any(_BOB_LABEL in line and "by one" in line for line in lines)
        assert any(_OTHER_LABEL in line and "by the other" in line for line in lines)
        assert any(" eve " in line and "by eve" in line for line in lines)
        for label in (_BOB_LABEL, _OTHER_LABEL):
            assert label in _list(pilot)
        assert "eve\u00b7" not in _list(pilot)


async def test_with_the_second_who_comes_the_first_is_told_apart_too_in_what_is_on_the_screen() -> None:
    conversation = FakeConversation([said("bob", "by one")])
    async with open_app(conversation) as pilot:
        assert any(" bob " in line and "by one" in line for line in shown(pilot))
        conversation.receive(said("b0b", "by the other", NINE_O_CLOCK_MS + MINUTE_MS, 1, feed=_OTHER))
        await settle(pilot)
        assert any(_BOB_LABEL in line and "by one" in line for line in shown(pilot))
        assert any(f"b0b\u00b7{_OTHER.hex()[:4]}" in line for line in shown(pilot))


async def test_what_is_on_the_screen_is_told_apart_as_soon_as_a_second_one_is_known() -> None:
    conversation = FakeConversation([said("bob", "by one")])
    async with open_app(conversation) as pilot:
        await pilot.press("ctrl+up")
        await settle(pilot)
        assert " bob " in noticed(pilot)
        conversation.know(person("bob"), person("bob", feed=_OTHER))
        await settle(pilot)
        assert any(_BOB_LABEL in line and "by one" in line for line in shown(pilot))
        assert _BOB_LABEL in noticed(pilot)


async def test_whoever_else_is_called_as_oneself_makes_one_see_ones_own_digits() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        assert "alice\u00b7" not in shown(pilot, "RoomHeader")[0]
        conversation.receive(said("alice", "me too", feed=_OTHER))
        await settle(pilot)
        own = f"alice\u00b7{conversation.own_feed.hex()[:4]}"
        assert own in shown(pilot, "RoomHeader")[0]
        assert pilot.app.screen.query_one(RoomHeader).nickname == own


async def test_on_the_narrowest_screen_the_digits_are_what_stays() -> None:
    async with open_app(_two_bobs(), size=(30, 12)) as pilot:
        assert any(f"\u00b7{_BOB.hex()[:4]}" in line for line in shown(pilot))


async def test_the_name_of_a_message_that_one_looks_at_has_its_digits_and_its_check_mark() -> None:
    conversation = _two_bobs()
    async with open_app(conversation) as pilot:
        conversation.check(_BOB)
        await pilot.press("ctrl+up", "up", "up")
        await settle(pilot)
        assert f"{_BOB_LABEL} \u00b7 key {_BOB.hex()[:8]} \u2713 checked" in noticed(pilot)


async def test_whoever_looks_elsewhere_is_told_which_of_them_it_is() -> None:
    conversation = _two_bobs()
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        written: list[str] = []
        driver = pilot.app._driver
        assert driver is not None
        driver.write = written.append  # type: ignore[method-assign, assignment]
        pilot.app.post_message(events.AppBlur())
        await settle(pilot)
        conversation.receive(said("bob", "look here", NINE_O_CLOCK_MS + 3 * MINUTE_MS, 3, feed=_OTHER))
        await wait_for(pilot, lambda: f"{_OTHER_LABEL}: look here" in "".join(written))


async def test_completion_offers_both_with_their_digits() -> None:
    async with open_app(_two_bobs()) as pilot:
        composer(pilot).insert("@bo")
        await settle(pilot)
        completion = pilot.app.screen.query_one(Completions).completion
        assert completion is not None
        assert {candidate.label for candidate in completion.candidates} == {_BOB_LABEL, _OTHER_LABEL}


async def test_a_mention_with_digits_is_of_the_one_whose_key_begins_so() -> None:
    conversation = FakeConversation()
    own = conversation.own_feed.hex()
    conversation.receive(said("alice", "me too", feed=_OTHER))
    async with open_app(conversation) as pilot:
        conversation.change_desk(notify="mentions")
        pilot.app.post_message(events.AppBlur())
        await settle(pilot)
        rung: list[str] = []
        pilot.app.bell = lambda: rung.append("ring")  # type: ignore[method-assign]
        conversation.receive(said("eve", f"@alice#{_OTHER.hex()[:4]}, look", NINE_O_CLOCK_MS + 1, 1))
        await settle(pilot)
        assert rung == []
        conversation.receive(said("eve", f"@alice\u00b7{own[:4]}, look", NINE_O_CLOCK_MS + 2, 2))
        await settle(pilot)
        assert rung == ["ring"]


async def test_an_export_names_them_with_their_digits(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    async with open_app(_two_bobs()) as pilot:
        await _write(pilot, f"/export {path}")
        await wait_for(pilot, lambda: "messages written" in noticed(pilot))
        text = path.read_text(encoding="utf-8")
        assert f"{_BOB_LABEL}: by one" in text
        assert f"{_OTHER_LABEL}: by the other" in text
        assert " eve: by eve" in text


# --- commands ---


async def test_mute_asks_which_one_and_takes_the_digits() -> None:
    conversation = _two_bobs()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/mute bob")
        assert not conversation.desk.muted
        for label in (_BOB_LABEL, _OTHER_LABEL):
            assert label in noticed(pilot)
        composer(pilot).clear()
        await _write(pilot, f"/mute bob#{_OTHER.hex()[:4]}")
        assert conversation.desk.muted == (_OTHER,)
        assert f"{_OTHER_LABEL} is not heard any more" in noticed(pilot)
        await _write(pilot, f"/mute {_OTHER_LABEL}")
        assert not conversation.desk.muted


async def test_whois_shows_all_who_are_called_so_and_their_keys_as_words_and_in_hex() -> None:
    async with open_app(_two_bobs(), size=(100, 60)) as pilot:
        await _write(pilot, "/whois bob")
        text = _panel(pilot)
        for feed, label in ((_BOB, _BOB_LABEL), (_OTHER, _OTHER_LABEL)):
            assert label in text
            assert "".join(words_of(feed)) in "".join(text.split())
            assert feed.hex() in "".join(text.split())


async def test_whois_without_a_name_shows_ones_own_key() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        for command in ("/whois", "/whois alice"):
            await _write(pilot, command)
            assert "alice (you)" in _panel(pilot)
            assert "".join(words_of(conversation.own_feed)) in "".join(_panel(pilot).split())
            await pilot.press("escape")
            await settle(pilot)


async def test_verify_marks_a_key_and_takes_the_mark_back() -> None:
    conversation = _two_bobs()
    async with open_app(conversation, size=(124, 30)) as pilot:
        await _write(pilot, "/verify eve")
        assert conversation.checked == {feed_of("eve"): "eve"}
        assert "eve is marked as checked" in noticed(pilot)
        assert any("eve\u2713" in line for line in shown(pilot))
        assert "eve\u2713" in _list(pilot)
        await _write(pilot, "/whois eve")
        assert "\u2713 checked as eve" in _panel(pilot)
        await pilot.press("escape")
        await _write(pilot, "/verify eve")
        assert conversation.checked == {}
        assert "not marked as checked any more" in noticed(pilot)
        assert "\u2713" not in _list(pilot)


async def test_verify_asks_which_one_and_is_not_for_oneself() -> None:
    conversation = _two_bobs()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/verify bob")
        assert conversation.checked == {}
        assert _OTHER_LABEL in noticed(pilot)
        composer(pilot).clear()
        await _write(pilot, "/verify alice")
        assert "that is you" in noticed(pilot)
        assert conversation.checked == {}


async def test_nobody_looks_as_if_they_were_checked_or_had_the_digits_of_another() -> None:
    conversation = FakeConversation(
        [
            said("bob \u2713", "checked, as you see", NINE_O_CLOCK_MS),
            said(_BOB_LABEL, "bob himself", NINE_O_CLOCK_MS + MINUTE_MS, 1, feed=_OTHER),
        ]
    )
    async with open_app(conversation) as pilot:
        text = "\n".join(shown(pilot))
        assert "\u2713" not in text
        assert _BOB_LABEL not in text
        assert f"bob\ufffd{_BOB.hex()[:4]}" in text


async def test_a_name_that_is_markup_is_shown_as_it_is_by_whois() -> None:
    conversation = FakeConversation()
    conversation.know(person("[b]bob[/b]"))
    conversation.checked[feed_of("[b]bob[/b]")] = SafeText("[b]bob[/b]")
    async with open_app(conversation) as pilot:
        await _write(pilot, "/whois [b]bob[/b]")
        assert "[b]bob[/b]  \u2713 checked as [b]bob[/b]" in _panel(pilot)

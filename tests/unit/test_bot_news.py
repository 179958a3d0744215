"""What a program is told of a room beside messages."""

import asyncio
from typing import Any

from multichat.bot.news import NEWS, News
from multichat.model.conversation import Forked
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.swarms import until


class _Told:
    """A room of Alice's, and the lines that a program was told of it."""

    def __init__(self) -> None:
        self.conversation = FakeConversation()
        self.lines: list[dict[str, Any]] = []
        self.news = News(self.conversation, self._tell)
        self.conversation.listen(self.news.react)

    def _tell(self, kind: str, fields: dict[str, object]) -> None:
        assert kind in NEWS
        self.lines.append({"type": kind, **fields})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    async def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        await until(lambda: len(self.of(kind)) >= count)
        assert len(self.of(kind)) == count
        return self.of(kind)


async def test_javascript_peers_are_counted() -> None:
    told = _Told()
    told.conversation.link_js_peers(1)
    assert await told.wait_for("js-peers") == [{"type": "js-peers", "count": 1}]
    told.conversation.link_js_peers(0)
    assert (await told.wait_for("js-peers", 2))[-1] == {"type": "js-peers", "count": 0}


async def test_whoever_comes_and_goes_is_told_once_each() -> None:
    told = _Told()
    told.conversation.know(person("bob"))
    (joined,) = await told.wait_for("joined")
    assert joined["feed"] == feed_of("bob").hex()
    assert joined["label"] == "bob"
    assert joined["here"]
    told.conversation.know(person("bob", NINE_O_CLOCK_MS, is_here=False))
    (left,) = await told.wait_for("left")
    assert left["feed"] == joined["feed"]
    assert not left["here"]


async def test_whoever_is_forgotten_has_left() -> None:
    told = _Told()
    told.conversation.know(person("bob"))
    await told.wait_for("joined")
    told.conversation.know()
    (left,) = await told.wait_for("left")
    assert left["label"] == "bob"


async def test_those_who_were_never_here_do_not_come_or_go() -> None:
    told = _Told()
    told.conversation.know(person("carol", is_here=False))
    told.conversation.know(person("carol", is_here=False), person("bob"))
    await told.wait_for("joined")
    assert [line["label"] for line in told.of("joined")] == ["bob"]
    assert told.of("left") == []


async def test_another_name_is_told_with_the_one_before() -> None:
    told = _Told()
    told.conversation.know(person("bob"))
    await told.wait_for("joined")
    told.conversation.know(person("robert", feed=feed_of("bob")))
    (renamed,) = await told.wait_for("renamed")
    assert (renamed["was"], renamed["label"]) == ("bob", "robert")


async def test_a_name_that_is_shared_from_now_on_is_another_one() -> None:
    told = _Told()
    told.conversation.know(person("bob"))
    await told.wait_for("joined")
    told.conversation.know(person("bob"), person("bob", feed=b"\1" * 32))
    (renamed,) = await told.wait_for("renamed")
    assert renamed["label"] == f"bob\u00b7{feed_of('bob').hex()[:4]}"
    assert [line["label"] for line in told.of("joined")] == ["bob", "bob\u00b70101"]


async def test_in_a_flood_of_comings_and_goings_what_comes_of_it_is_told() -> None:
    told = _Told()
    for _ in range(1_000):
        told.conversation.know(person("bob"))
        told.conversation.know(person("bob", NINE_O_CLOCK_MS, is_here=False))
        await asyncio.sleep(0)
    told.conversation.know(person("bob"), person("carol"))
    await until(lambda: any(line["label"] == "carol" for line in told.of("joined")))
    assert len(told.lines) < 100
    assert [line for line in told.lines if line.get("label") == "bob"][-1]["type"] == "joined"


async def test_who_holds_what_one_has_said_is_told_of_each_message() -> None:
    told = _Told()
    bob, carol = person("bob"), person("carol")
    one, two = told.conversation.send("one"), told.conversation.send("two")
    told.conversation.deliver(one, bob)
    (first,) = await told.wait_for("delivered")
    assert (first["seq"], first["feed"]) == (one.position.seq, one.feed.hex())
    assert first["holders"] == [{"feed": bob.feed.hex(), "label": "bob"}]
    told.conversation.deliver(two, bob, carol)
    second = (await told.wait_for("delivered", 2))[1]
    assert second["seq"] == two.position.seq
    assert [holder["label"] for holder in second["holders"]] == ["bob", "carol"]


async def test_of_much_that_one_has_said_the_last_is_followed() -> None:
    told = _Told()
    messages = [told.conversation.send(f"{number}") for number in range(150)]
    told.conversation.receive(said("bob", "not mine", NINE_O_CLOCK_MS + 1_000))
    for message in messages:
        told.conversation.holders[message.position] = [person("bob")]
    told.conversation.deliver(messages[-1], person("bob"))
    await told.wait_for("delivered", 100)
    assert [line["seq"] for line in told.of("delivered")] == list(range(50, 150))


async def test_the_rest_is_told_as_it_happens() -> None:
    told = _Told()
    told.conversation.catch_up(12)
    told.conversation.catch_up(0)
    told.conversation.hold_aside(said("bob", "early"))
    told.conversation.set_clock_back()
    told.conversation.notice("something to know")
    told.news.react(Forked(feed_of("bob")))
    await told.wait_for("conflict")
    assert told.lines == [
        {"type": "catching-up", "missing": 12},
        {"type": "catching-up", "missing": 0},
        {"type": "held-aside", "count": 1},
        {"type": "clock-set-back"},
        {"type": "notice", "text": "something to know"},
        {"type": "conflict", "feed": feed_of("bob").hex(), "own": False},
    ]


async def test_once_closed_it_tells_nothing_more() -> None:
    told = _Told()
    told.conversation.know(person("bob"))
    told.conversation.know(person("carol"))
    told.news.close()
    lines = list(told.lines)
    await asyncio.sleep(0.1)
    assert told.lines == lines

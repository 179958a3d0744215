"""What can change at any rate is said at once, and in a flood less and less."""

import asyncio

import pytest

from multichat.throttle import Throttle


class _Clock:
    """Timers that a test lets pass."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._timers: list[tuple[float, object]] = []

    def call_later(self, delay_s: float, callback: object) -> asyncio.TimerHandle:
        self._timers.append((self.now_s + delay_s, callback))
        return self  # type: ignore[return-value]

    def pass_until(self, end_s: float) -> None:
        while self._timers and min(self._timers, key=lambda timer: timer[0])[0] <= end_s:
            timer = min(self._timers, key=lambda timer: timer[0])
            self._timers.remove(timer)
            self.now_s = timer[0]
            timer[1]()  # type: ignore[operator]
        self.now_s = end_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    return clock


def test_what_is_said_now_and_then_is_said_at_once(clock: _Clock) -> None:
    said: list[str] = []
    throttle = Throttle(said.append)
    for number in range(5):
        throttle.tell(f"{number}")
        assert said[-1] == f"{number}"
        clock.pass_until(clock.now_s + 1)


def test_in_a_flood_little_is_said_and_the_last_word_always(clock: _Clock) -> None:
    said: list[str] = []
    throttle = Throttle(said.append)
    for number in range(10_000):
        throttle.tell(f"{number}")
        clock.pass_until(clock.now_s + 0.001)
    assert len(said) <= 10
    clock.pass_until(clock.now_s + 60)
    assert said[-1] == "9999"
    throttle.tell("at once again")
    assert said[-1] == "at once again"

"""When to send a beacon: quick at the start, then seldom, and the more seldom the more others there are. Pure.

Owns who was heard of late. The time is an argument, in seconds of any clock that does not jump.
"""

from random import Random

from multifeed import limits


class BeaconSchedule:
    """Of one program; `due_s` is when its next beacon goes out."""

    def __init__(self, rng: Random, now_s: float) -> None:
        self.due_s = now_s
        self._rng = rng
        self._sent_at_s = now_s - limits.BEACON_ANSWER_INTERVAL_S
        self._burst = list(limits.BEACON_BURST_S[1:])
        self._began_s = now_s
        self._heard_at_s: dict[bytes, float] = {}

    def restart(self, now_s: float) -> None:
        """The network is another: whoever is there has not heard us."""
        self._began_s = now_s
        self._burst = list(limits.BEACON_BURST_S[1:])
        self.due_s = self._soonest_s(now_s)

    def sent(self, now_s: float) -> None:
        """A beacon has gone out."""
        self._sent_at_s = now_s
        self._forget(now_s)
        while self._burst and self._began_s + self._burst[0] <= now_s:
            del self._burst[0]
        interval_s = max(limits.BEACON_INTERVAL_S, len(self._heard_at_s) / limits.BEACONS_PER_S)
        later_s = now_s + interval_s * self._rng.uniform(1 - limits.BEACON_JITTER, 1 + limits.BEACON_JITTER)
        self.due_s = min(self._began_s + self._burst[0], later_s) if self._burst else later_s

    def heard(self, instance_id: bytes, now_s: float) -> None:
        """Somebody else's beacon has come. A newcomer is answered: at once, or where many would answer, by and by."""
        is_new = instance_id not in self._heard_at_s
        # Moved to the end: those in front have been silent for the longest.
        self._heard_at_s.pop(instance_id, None)
        self._heard_at_s[instance_id] = now_s
        if len(self._heard_at_s) > limits.ADDRESSES_MAX:
            del self._heard_at_s[next(iter(self._heard_at_s))]
        if is_new:
            others = len(self._heard_at_s)
            spread_s = others / limits.BEACONS_PER_S if others > limits.BEACONS_PER_S else 0.0
            self.due_s = min(self.due_s, self._soonest_s(now_s) + self._rng.uniform(0, spread_s))

    def left(self, instance_id: bytes) -> None:
        """Somebody has said that they leave."""
        self._heard_at_s.pop(instance_id, None)

    @property
    def crowd(self) -> int:
        """How many others were heard of late."""
        return len(self._heard_at_s)

    def _soonest_s(self, now_s: float) -> float:
        return max(now_s, self._sent_at_s + limits.BEACON_ANSWER_INTERVAL_S)

    def _forget(self, now_s: float) -> None:
        silent_s = 3 * max(limits.BEACON_INTERVAL_S, len(self._heard_at_s) / limits.BEACONS_PER_S)
        while self._heard_at_s:
            instance_id, heard_at_s = next(iter(self._heard_at_s.items()))
            if heard_at_s + silent_s > now_s:
                return
            del self._heard_at_s[instance_id]

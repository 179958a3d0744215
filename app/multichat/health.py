"""What is known of a profile's history on this disk."""

from collections.abc import Collection, Iterator
from pathlib import Path

from multichat.model.finding import Finding
from multifeed import Multifeed


def history_findings(multi: Multifeed) -> Iterator[Finding]:
    """How much there is, and what is wrong with it as far as it has been looked at (see `Multifeed.audit`)."""
    feeds = multi.feeds()
    held = sum(feed.held.size for feed in feeds)
    missing = sum(feed.length - feed.held.size for feed in feeds)
    said = f"{len(feeds)} logs, {held} blocks held, {missing} known and not held"
    yield Finding("history", said, facts={"logs": len(feeds), "held": held, "missing": missing})
    for feed in feeds:
        if feed.conflict is not None:
            said = f"log {_name(feed.key)}: its key has signed two histories; it is kept as it was and does not grow"
            yield Finding("conflict", said, facts={"log": feed.key.hex()})
    for damage in multi.damages:
        where = f", blocks {damage.start} to {damage.end - 1}" if damage.start < damage.end else ""
        said = f"log {_name(damage.key)}{where}: {damage.what}"
        advice = "what was wrong is dropped, and is fetched again from anyone who has it"
        facts = {"log": damage.key.hex(), "start": damage.start, "end": damage.end}
        yield Finding("damage", said, advice, is_problem=True, facts=facts)


def privacy_findings(opened: Collection[Path], refused: Collection[Path]) -> Iterator[Finding]:
    """What others on this machine could get at until now, and what they still can."""
    for path in opened:
        said = f"{path} could be reached by others on this machine"
        if path in refused:
            advice = "it is not yours to close: have it made yours, readable by nobody else"
            yield Finding("privacy", said, advice, is_problem=True, facts={"path": str(path), "closed": False})
        else:
            yield Finding("privacy", f"{said}; it is closed now", facts={"path": str(path), "closed": True})


def _name(key: bytes) -> str:
    return key.hex()[:8]

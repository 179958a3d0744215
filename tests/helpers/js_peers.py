"""Programs on the JavaScript multifeed to talk to, where node and the packages are."""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

# Where the packages of tests/interop/package.json are installed, as `.ci/run` does.
MODULES_VARIABLE = "MULTICHAT_JS_MODULES"

_FOLDER = Path(__file__).parent.parent / "interop"
_PATIENCE_S = 30.0


def why_not() -> str:
    """Why there can be no JavaScript peers here; empty if there can."""
    modules = os.environ.get(MODULES_VARIABLE, "")
    if shutil.which("node") is None:
        return "node is not installed"
    if not modules:
        return f"{MODULES_VARIABLE} does not say where the packages of tests/interop/package.json are"
    if not (Path(modules) / "multifeed" / "package.json").is_file():
        return f"there is no multifeed in {modules}"
    return ""


async def until(condition: Callable[[], bool], *, patience_s: float = _PATIENCE_S) -> None:
    """Wait for a condition. Raises TimeoutError."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 (what a program in another process does is no event here)
            await asyncio.sleep(0.005)


class JsPeer:
    """A running program; `blocks` are the values that it shows of each feed, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.key = b""
        self.port = 0
        self.errors: list[str] = []
        self.blocks: defaultdict[bytes, list[Any]] = defaultdict(list)
        self._process = process
        self._reader = asyncio.create_task(self._read())

    def append(self, values: Sequence[object]) -> None:
        """Have it write values, in one batch."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"append": list(values)}).encode() + b"\n")

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            # What it was about to say when it was ended has no end.
            if line.endswith(b"\n"):
                self._take(json.loads(line))

    def _take(self, said: dict[str, Any]) -> None:
        if "feed" in said:
            self.blocks[bytes.fromhex(said["feed"])].append(said["value"])
        elif "ready" in said:
            self.key = bytes.fromhex(said["ready"])
        elif "port" in said:
            self.port = said["port"]
        else:
            self.errors.append(said["error"])


@asynccontextmanager
async def js_peer(
    directory: Path, *, dials: int | None = None, port: int = 0, key: bytes = b""
) -> AsyncIterator[JsPeer]:
    """A program on `directory` that dials a port, or listens on one; with the room's `key` or multifeed's own."""
    mode = ("listen", str(port)) if dials is None else ("connect", str(dials))
    peer = JsPeer(await _node("peer.js", str(directory), *mode, *([key.hex()] if key else [])))
    try:
        await until(lambda: bool(peer.key and (peer.port or dials is not None)))
        yield peer
    finally:
        await peer.stop()


@asynccontextmanager
async def js_stranger(port: int, greeting: object) -> AsyncIterator[None]:
    """Somebody who dials and says `greeting` of themselves."""
    process = await _node("stranger.js", str(port), json.dumps(greeting))
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _node(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    environment = {**os.environ, "NODE_PATH": os.environ[MODULES_VARIABLE]}
    return await asyncio.create_subprocess_exec(
        "node", *arguments, cwd=_FOLDER, env=environment, stdin=pipe, stdout=pipe, limit=1 << 22
    )

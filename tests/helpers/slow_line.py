"""A line between two programs on one machine that takes its time: what goes in at one end comes out later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.helpers.swarms import LOOPBACK

_PIECE_LENGTH_BYTES = 65_536


@asynccontextmanager
async def slow_line(target: tuple[str, int], *, connect_s: float, each_way_s: float) -> AsyncIterator[tuple[str, int]]:
    """An address that leads to `target`: a connection takes `connect_s`, and all bytes `each_way_s` each way."""
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            data = b"all"
            while data:
                data = await reader.read(_PIECE_LENGTH_BYTES)
                pieces.put_nowait((loop.time() + each_way_s, data))

        reading = asyncio.create_task(read())
        try:
            while True:
                due_s, data = await pieces.get()
                await asyncio.sleep(due_s - loop.time())
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        finally:
            reading.cancel()
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(connect_s)
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(*target)
            for ends in ((reader, far_writer), (far_reader, writer)):
                task = asyncio.create_task(_until_cut(carry(*ends)))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_cut(carrying: object) -> None:
    with suppress(OSError):
        await carrying  # type: ignore[misc]

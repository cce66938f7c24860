"""A network that can be cut: a TCP proxy between one process and what it talks to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from concurrent.futures import Future
from typing import Literal

Mode = Literal["forward", "hold", "mute", "reset"]

CHUNK_BYTES = 64 * 1024
# Closing with this resets a connection instead of ending it.
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards to `target_port` of loopback from a port of its own, `port`.

    Modes:
        forward: as if it were not there, but for `delay_s` before each piece, in both directions.
        hold: connections stay open and new ones are accepted, and nothing comes through: a cable that was pulled.
        mute: what is asked arrives, what is answered does not: half open.
        reset: open connections are reset, and so is each new one.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.mode: Mode = "forward"
        self.delay_s = 0.0
        self.writers: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True).start()
        self.server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0)).result()
        self.port: int = self.server.sockets[0].getsockname()[1]

    def set(self, mode: Mode, delay_s: float = 0.0) -> None:
        """From now on. A connection on which something was lost ends with that mode, as TCP would not skip anything."""
        before, self.mode, self.delay_s = self.mode, mode, delay_s
        if mode == "reset" or before in ("hold", "mute"):
            self._run(self._reset_all()).result()

    def close(self) -> None:
        """Reset everything and stop listening."""
        self._run(self._end()).result()
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        if self.mode == "reset":
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:  # Nobody listens there now.
            self.writers.discard(writer)
            _reset(writer)
            return
        self.writers.add(back)
        with contextlib.suppress(asyncio.CancelledError):  # By `close`; a server's own tasks must not end with it.
            await asyncio.gather(self._pass(reader, back, asking=True), self._pass(there, writer, asking=False))
        for each in (writer, back):
            self.writers.discard(each)
            each.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self.mode == "forward" or (self.mode == "mute" and asking):
                    writer.write(data)
                    await writer.drain()
            if self.mode == "forward":
                writer.close()

    async def _end(self) -> None:
        self.server.close()
        await self._reset_all()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _reset_all(self) -> None:
        for writer in self.writers:
            _reset(writer)
        self.writers.clear()

    def _run(self, coroutine: object) -> Future:  # type: ignore[type-arg]
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)  # type: ignore[arg-type]


def _reset(writer: asyncio.StreamWriter) -> None:
    own: socket.socket = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # It has ended already.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()

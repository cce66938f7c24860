"""The child's end of the pipe to its parent."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

import structlog

from worker.messages.codec import BadMessage, decode_to_child, encode
from worker.messages.from_child import FromChild, Question
from worker.messages.to_child import Reply, RunTask, Stop

log = structlog.get_logger()
R = TypeVar("R", bound=Reply)


class Pipe:
    """Send messages and receive tasks; `send` may be called from any thread.

    Attributes:
        stop: set once the parent has requested the end of the search.
    """

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.incoming = os.fdopen(read_fd, "rb")
        self.outgoing = os.fdopen(write_fd, "wb")
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.received: queue.SimpleQueue[RunTask] = queue.SimpleQueue()
        self.replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()

    def send(self, message: FromChild) -> None:
        """Send one message; the child ends when the other end of the pipe is closed."""
        line = encode(message)
        try:
            with self.lock:
                self.outgoing.write(line)
                self.outgoing.flush()
        except BrokenPipeError:
            os._exit(1)

    def request(self, question: Question, reply_type: type[R]) -> R:
        """Send a question and wait for the reply to it."""
        self.send(question)
        reply = self.replies.get()
        if not isinstance(reply, reply_type):
            raise BadMessage(f"{type(question).__name__} was answered with {type(reply).__name__}")
        return reply

    def tasks(self) -> Iterator[RunTask]:
        """Yield tasks as they come, for as long as the process lives."""
        threading.Thread(target=self._listen, name="pipe", daemon=True).start()
        while True:
            yield self.received.get()

    def _listen(self) -> None:
        """Sort incoming messages, also while a task is being done."""
        try:
            for line in self.incoming:
                message = decode_to_child(line)
                if isinstance(message, Stop):
                    self.stop.set()
                elif isinstance(message, RunTask):
                    self.received.put(message)
                else:
                    self.replies.put(message)
        except BadMessage:
            log.exception("child.bug")
            os._exit(1)
        os._exit(0)  # The parent is gone, so the result of the task is of no use.
